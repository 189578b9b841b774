#!/usr/bin/env python3
"""How long does a fit of Prophet's model take beside Prophet itself (row P17)?

    scripts/python bench/prophet_fit.py [--program build-release/bench/bench_prophet_fit] [--rows 2400] [--repeats 5]

Both fit the same first rows of Peyton Manning's page views ($QUOIN_DATA/forecast/prophet), in turns within one run, with Prophet's default
options, from values in memory to the fitted model. Prophet's figure is the median of `Prophet().fit(frame)` after one warm-up; Stan's own
optimiser is timed inside it. On a busy machine the clock favours the shorter fit: the ratio of processor time is the fair one.
The objectives are compared as Stan reports them. The last line is machine-readable.
"""
import argparse
import json
import logging
import os
import resource
import statistics
import subprocess
import time

import numpy as np
import pandas as pd
from prophet import Prophet
from prophet.models import CmdStanPyBackend

logging.disable(logging.CRITICAL)
optimiser_s = []


def timed_backend(fit):
    def run(self, *arguments, **options):
        begin = time.perf_counter()
        result = fit(self, *arguments, **options)
        optimiser_s.append(time.perf_counter() - begin)
        return result
    return run


CmdStanPyBackend.fit = timed_backend(CmdStanPyBackend.fit)


def cpu_s():
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def peer(frame):
    """Milliseconds on the clock, of the processor, and the objective."""
    model = Prophet()
    begin, cpu_begin = time.perf_counter(), cpu_s()
    model.fit(frame)
    wall, cpu = time.perf_counter() - begin, cpu_s() - cpu_begin
    return wall * 1000, cpu * 1000, float(np.asarray(model.params["lp__"]).ravel()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build-release/bench/bench_prophet_fit")
    parser.add_argument("--rows", type=int, default=2400)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    path = os.path.join(os.environ["QUOIN_DATA"], "forecast/prophet/example_wp_log_peyton_manning.csv")
    frame = pd.read_csv(path).head(options.rows)
    peer(frame)
    optimiser_s.clear()
    ours, theirs, theirs_cpu, objective, peer_objective = [], [], [], 0.0, 0.0
    for _ in range(options.repeats):
        output = subprocess.run([options.program, path, str(options.rows), "20"], check=True, capture_output=True, text=True).stdout
        answer = json.loads(output)
        ours.append(answer["median_ms"])
        objective = answer["objective"]
        milliseconds, cpu_milliseconds, peer_objective = peer(frame)
        theirs.append(milliseconds)
        theirs_cpu.append(cpu_milliseconds)
    stan = [s * 1000 for s in optimiser_s]
    quoin_ms, prophet_ms, cpu_ms, stan_ms = (statistics.median(v) for v in (ours, theirs, theirs_cpu, stan))
    print(f"rows {options.rows}: Quoin {quoin_ms:.2f} ms, Prophet {prophet_ms:.1f} ms (of which its Stan program {stan_ms:.1f} ms), "
          f"{cpu_ms:.1f} ms of processor time")
    print(f"objective: Quoin {objective:.4f}, Prophet {peer_objective:.4f}, relative difference "
          f"{(objective - peer_objective) / abs(peer_objective):+.2e} (greater is better)")
    print(json.dumps({"bench": "prophet", "row": "P17", "rows": options.rows, "quoin_ms": round(quoin_ms, 3),
                      "prophet_ms": round(prophet_ms, 2), "prophet_cpu_ms": round(cpu_ms, 2),
                      "stan_ms": round(stan_ms, 2), "ratio": round(prophet_ms / quoin_ms, 1),
                      "ratio_of_processor_time": round(cpu_ms / quoin_ms, 1),
                      "objective": objective, "prophet_objective": peer_objective}))


if __name__ == "__main__":
    main()
