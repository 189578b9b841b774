"""One LightGBM model answered by Quoin and by the libraries that compile or convert it: treelite (its interpreter and its compiler
tl2cgen), lleaves and ONNX Runtime, and explained by shap and fasttreeshap. bench/xgboost_explain.py is about the newest XGBoost.

    python3 bench/forest_compilers.py [--program build/bench/bench_forest_model] [--trees 500] [--leaves 31] [--features 50]

All on one thread, same model file, same rows; the quickest call and the median, in microseconds. Peers are called through Python, as their
users call them; what one such call costs without a model is printed beside, so that single rows can be read fairly. The environment of
bench/peers/forest_requirements.txt is made on first use under bench/.work (some 1 GB). Prints a table and, last, a line of JSON for
bench/history.ndjson.
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.path.join(HERE, ".work", "forest_peers")
THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def enter_environment():
    python = os.path.join(ENVIRONMENT, "bin", "python")
    if not os.path.exists(os.path.join(ENVIRONMENT, ".made")):
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run(pip + ["-r", os.path.join(HERE, "peers", "forest_requirements.txt")], check=True)
        subprocess.run(pip + ["--no-build-isolation", "fasttreeshap==0.1.6"], check=True)  # asks for numpy while it is built
        open(os.path.join(ENVIRONMENT, ".made"), "w").close()
    if sys.prefix != ENVIRONMENT:
        os.execve(python, [python] + sys.argv, dict(os.environ, **{name: "1" for name in THREADS}))


enter_environment()

import lightgbm
import numpy


def timed(call, blocks, seconds=0.5):
    """[quickest, median] microseconds of call(block), after a warm-up."""
    call(blocks[0])
    taken = []
    while sum(taken) < seconds or len(taken) < 5:
        started = time.perf_counter()
        call(blocks[len(taken) % len(blocks)])
        taken.append(time.perf_counter() - started)
    return [round(1e6 * min(taken), 2), round(1e6 * sorted(taken)[len(taken) // 2], 2)]


def lightgbm_peer(path, rows):
    booster = lightgbm.Booster(model_file=path)
    return lambda block: booster.predict(block, raw_score=True, num_threads=1)


def treelite_gtil(path, rows):
    import treelite
    model = treelite.frontend.load_lightgbm_model(path)
    return lambda block: treelite.gtil.predict(model, block, nthread=1).ravel()


def treelite_compiled(path, rows):
    import tl2cgen
    import treelite
    library = path + ".so"
    tl2cgen.export_lib(treelite.frontend.load_lightgbm_model(path), toolchain="gcc", libpath=library,
                       params={"parallel_comp": 16})
    predictor = tl2cgen.Predictor(library, nthread=1)
    return lambda block: predictor.predict(tl2cgen.DMatrix(block)).ravel()


def lleaves_peer(path, rows):
    import lleaves
    with open(path) as text, open(path + ".lleaves", "w") as file:
        file.write(text.read() + "\npandas_categorical:null\n")  # which LightGBM's Python package writes
    model = lleaves.Model(model_file=path + ".lleaves")
    model.compile()
    return lambda block: model.predict(block, n_jobs=1)


def onnx_peer(path, rows):
    import onnxmltools
    import onnxruntime
    from onnxmltools.convert.common.data_types import DoubleTensorType, FloatTensorType
    booster = lightgbm.Booster(model_file=path)
    converted = onnxmltools.convert_lightgbm(booster, initial_types=[("x", FloatTensorType([None, rows.shape[1]]))], zipmap=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(converted.SerializeToString(), options)
    return lambda block: session.run(None, {"x": block.astype(numpy.float32)})[0].ravel()


def explainers(path, rows):
    """Name and call of each that gives path-dependent SHAP values of the same model."""
    import fasttreeshap
    import shap
    booster = lightgbm.Booster(model_file=path)
    booster.params["objective"] = "regression"
    yield "LightGBM", lambda block: booster.predict(block, pred_contrib=True, num_threads=1)[:, :-1]
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    explainer.model.model_type = "internal"  # otherwise shap asks LightGBM
    yield "shap", lambda block: explainer.shap_values(block, check_additivity=False)
    for version in ("v1", "v2"):
        fast = fasttreeshap.TreeExplainer(booster, algorithm=version, n_jobs=1, feature_perturbation="tree_path_dependent")
        yield "fasttreeshap " + version, lambda block, fast=fast: fast.shap_values(block, check_additivity=False)


MARGINS = {"LightGBM": lightgbm_peer, "treelite GTIL": treelite_gtil, "treelite compiled": treelite_compiled, "lleaves": lleaves_peer,
           "ONNX Runtime": onnx_peer}


def blocks_of(rows, count):
    return [numpy.ascontiguousarray(rows[first:first + count]) for first in range(0, min(len(rows), 200 * count) - count + 1, count)]


def largest_difference(call, expected, rows):
    return float(numpy.max(numpy.abs(numpy.asarray(call(rows)) - expected)))


def race(name, kind, call, rows, counts, ours):
    found = {}
    for count in counts:
        found[kind % count] = timed(call, blocks_of(rows, count))
    cells = ["%s %12.1f us %6.1fx" % (key, value[0], value[0] / ours[key][0]) for key, value in found.items()]
    print("%-18s %s" % (name, "   ".join(cells)), flush=True)
    return found


def attempt(name, make):
    """What make() gives; nothing, if this library does not take the model: said, and left out."""
    try:
        return make()
    except Exception as error:  # of libraries of all kinds
        print("%-18s left out: %s: %s" % (name, type(error).__name__, str(error).splitlines()[0][:120]), flush=True)
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/bench/bench_forest_model")
    for name, default in (("trees", 500), ("leaves", 31), ("features", 50)):
        parser.add_argument("--" + name, type=int, default=default)
    given = parser.parse_args()
    given.model = os.path.join(HERE, ".work", "compilers_%d_%d_%d.txt" % (given.trees, given.leaves, given.features))
    subprocess.run([given.program, "train", given.model, str(given.trees), str(given.leaves), str(given.features)], check=True)
    rows = numpy.fromfile(given.model + ".rows").reshape(-1, given.features)
    ours = json.loads(subprocess.run([given.program, "time", given.model], check=True, capture_output=True, text=True).stdout)
    print("%d trees of %d leaves, %d features; quickest call, and how many times ours" % (given.trees, given.leaves, given.features))
    print("%-18s %s" % ("Quoin", "   ".join("%s %.1f us" % (key, value[0]) for key, value in ours.items())))
    figures = {"Quoin": ours, "empty call": {"1": timed(lambda block: block.ravel(), blocks_of(rows, 1), 0.05)}}
    expected = lightgbm_peer(given.model, rows)(rows)
    for name, make in MARGINS.items():
        call = attempt(name, lambda: make(given.model, rows))
        if call is None:
            continue
        figures[name] = race(name, "%d", call, rows, (1, 10, 100, 10_000), ours)
        figures[name]["difference"] = largest_difference(call, expected, rows)
    reasons = None
    for name, call in explainers(given.model, rows):
        call = attempt(name, lambda: (call(rows[:2]), call)[1])
        if call is None:
            continue
        reasons = numpy.asarray(call(rows[:64])) if reasons is None else reasons
        figures[name + " (SHAP)"] = race(name, "shap %d", call, rows, (1, 256), ours)
        figures[name + " (SHAP)"]["difference"] = largest_difference(call, reasons, rows[:64])
    print("largest differences: %s" % {name: found["difference"] for name, found in figures.items() if "difference" in found})
    print(json.dumps({"bench": "forest_compilers", "trees": given.trees, "leaves": given.leaves, "features": given.features, **figures}))


main()
