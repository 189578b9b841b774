"""Margins and exact SHAP values of one XGBoost model by Quoin and by the newest XGBoost that installs.

    python3 bench/xgboost_explain.py [--program build/bench/bench_forest_model] [--trees 500] [--depth 5] [--features 50]

XGBoost trains on made-up homes; both answer the same rows from the same model file, on one thread: the quickest call and the median, in
microseconds. XGBoost is asked through Python with its matrices made beforehand; since 3.3 (Python 3.12 and later) it explains by
Quadrature-TreeSHAP in float, before that by TreeSHAP. An environment is made on first use under bench/.work for the Python that runs this.
Prints a table and, last, a line of JSON for bench/history.ndjson.
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.path.join(HERE, ".work", "xgboost_python%d.%d" % sys.version_info[:2])


def enter_environment():
    python = os.path.join(ENVIRONMENT, "bin", "python")
    if not os.path.exists(os.path.join(ENVIRONMENT, ".made")):
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:"]
        subprocess.run(pip + ["xgboost"], check=True)
        open(os.path.join(ENVIRONMENT, ".made"), "w").close()
    if sys.prefix != ENVIRONMENT:
        os.execve(python, [python] + sys.argv, dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"))


enter_environment()

import numpy
import xgboost

ROWS = 10_000


def made_up(features, rows, seed):
    """Homes as bench/made_up_homes.h describes them; a twentieth of the values is missing."""
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(rows, features)).astype(numpy.float32)
    x[random.random(x.shape) < 0.05] = numpy.nan
    y = numpy.where(numpy.isnan(x), 0.3, x)
    label = (y[:, 0] * y[:, 1] + numpy.sin(2 * y[:, 2]) + abs(y[:, 3]) * y[:, 4] + 0.5 * y[:, 5] + 0.3 * y[:, 9] * y[:, 10]
             + numpy.where(y[:, 6] > 0, y[:, 7], y[:, 8]) + 0.1 * y[:, 11:].sum(axis=1) + 0.5 * random.normal(size=rows))
    return x, label


def timed(call, asked, seconds=0.5):
    call(asked[0])
    taken = []
    while sum(taken) < seconds or len(taken) < 5:
        started = time.perf_counter()
        call(asked[len(taken) % len(asked)])
        taken.append(time.perf_counter() - started)
    return [round(1e6 * min(taken), 2), round(1e6 * sorted(taken)[len(taken) // 2], 2)]


def blocks_of(rows, count, make=lambda block: block):
    return [make(rows[first:first + count]) for first in range(0, min(len(rows), 100 * count) - count + 1, count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/bench/bench_forest_model")
    for name, default in (("trees", 500), ("depth", 5), ("features", 50)):
        parser.add_argument("--" + name, type=int, default=default)
    given = parser.parse_args()
    path = os.path.join(HERE, ".work", "xgboost_%d_%d_%d.ubj" % (given.trees, given.depth, given.features))
    booster = xgboost.train({"max_depth": given.depth, "eta": 0.05, "nthread": os.cpu_count(), "tree_method": "hist"},
                            xgboost.DMatrix(*made_up(given.features, 21_613, 1)), given.trees)
    booster.set_param({"nthread": 1})
    booster.save_model(path)
    rows = made_up(given.features, ROWS, 2)[0]
    rows.astype(numpy.float64).tofile(path + ".rows")
    ours = json.loads(subprocess.run([given.program, "time", path], check=True, capture_output=True, text=True).stdout)
    theirs = {str(count): timed(lambda block: booster.inplace_predict(block, predict_type="margin"), blocks_of(rows, count))
              for count in (1, 10, 100, 10_000)}
    for count in (1, 256):
        matrices = blocks_of(rows, count, lambda block: xgboost.DMatrix(block, nthread=1))
        theirs["shap %d" % count] = timed(lambda matrix: booster.predict(matrix, pred_contribs=True), matrices)
    print("XGBoost %s, %d trees of depth %d, %d features" % (xgboost.__version__, given.trees, given.depth, given.features))
    print("%-10s %14s %14s %8s" % ("rows", "ours us", "XGBoost us", "times"))
    for key, (quickest, _) in theirs.items():
        print("%-10s %14.1f %14.1f %8.1f" % (key, ours[key][0], quickest, quickest / ours[key][0]))
    print(json.dumps({"bench": "xgboost_explain", "xgboost": xgboost.__version__, "trees": given.trees, "depth": given.depth,
                      "features": given.features, "quoin": ours, "xgboost_us": theirs}))


main()
