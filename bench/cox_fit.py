#!/usr/bin/env python3
"""How long does a Cox fit take beside R's coxph and lifelines (row P16)?

    scripts/python bench/cox_fit.py [--program build-release/bench/bench_cox_fit] [--rows 100000] [--covariates 20] [--repeats 5]

All fit the same made-up rows within one run, each on one thread: once with all times different, once with times rounded up to 200 values,
by Efron's rule (lifelines has no other). Quoin's time is from rows in memory to coefficients, errors, tests, residuals and baseline. R's is
that of coxph() with its formula, and of coxph.fit() alone, which is given a matrix and only fits; needs r-cran-survival. lifelines is timed
once a case: CoxPHFitter().fit(). Times are of the processor. Coefficients are compared with R's at a tolerance of 1e-13. The last line is
machine-readable.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter


def made_up(rows, covariates, distinct):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(rows, covariates))
    x[:, ::4] = rng.random((rows, len(range(0, covariates, 4)))) < 0.3
    lives = rng.exponential(np.exp(-(x @ rng.normal(0, 0.3, covariates))))
    ends = rng.uniform(0.05, 4, rows)
    times = np.minimum(lives, ends)
    if distinct:
        times = np.ceil(times * distinct / times.max())
    return np.column_stack([times, lives <= ends, x])


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build-release/bench/bench_cox_fit")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--covariates", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    peer = pathlib.Path(__file__).parent / "peers/cox_fit.R"
    figures = {"bench": "cox_fit", "row": "P16", "rows": options.rows, "covariates": options.covariates, "threads": 1}
    with tempfile.NamedTemporaryFile() as file:
        for case, distinct in (("distinct", 0), ("tied", 200)):
            values = made_up(options.rows, options.covariates, distinct)
            values.astype("<f8").tofile(file.name)
            arguments = [file.name, str(options.rows), str(options.covariates), "efron", str(options.repeats)]
            ours, theirs = run([options.program, *arguments]), run(["Rscript", str(peer), *arguments])
            frame = pd.DataFrame(values, columns=["time", "event", *(f"x{j}" for j in range(options.covariates))])
            begin = time.process_time()
            CoxPHFitter().fit(frame, "time", "event")
            lifelines_ms = (time.process_time() - begin) * 1000
            apart = float(np.max(np.abs(np.array(ours["coefficients"]) - theirs["coefficients"])))
            figures[case] = {"events": int(values[:, 1].sum()), "quoin_ms": ours["median_ms"], "iterations": ours["iterations"],
                             "coxph_ms": theirs["coxph_ms"], "coxph_fit_ms": theirs["coxph_fit_ms"], "lifelines_ms": round(lifelines_ms, 1),
                             "ratio_coxph": round(theirs["coxph_ms"] / ours["median_ms"], 1),
                             "ratio_coxph_fit": round(theirs["coxph_fit_ms"] / ours["median_ms"], 1),
                             "ratio_lifelines": round(lifelines_ms / ours["median_ms"], 1),
                             "coefficients_apart": apart,
                             "likelihood_apart": abs(ours["log_likelihood"] / theirs["log_likelihood"] - 1),
                             "concordance_ms": ours["concordance_ms"]}
            print(f"{case}: {figures[case]}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
