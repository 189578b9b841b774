"""Points per second of the Python package rrcf: score and learn on a sliding window, as bench/detector_costs.cpp does.

    rrcf_points.py TREES WINDOW SHINGLE POINTS          prints the points per second
"""
import sys
import time

import numpy as np
import rrcf

trees, window, shingle, points = map(int, sys.argv[1:])
state = np.random.RandomState(1)
series = np.sin(np.arange(points + window + shingle) / 20) + 0.1 * state.normal(size=points + window + shingle)
rows = np.lib.stride_tricks.sliding_window_view(series, shingle)
forest = [rrcf.RCTree() for _ in range(trees)]
for i in range(window):
    for tree in forest:
        tree.insert_point(rows[i], index=i)
start = time.perf_counter()
for i in range(window, window + points):
    score = 0.0
    for tree in forest:
        tree.forget_point(i - window)
        tree.insert_point(rows[i], index=i)
        score += tree.codisp(i) / trees
print(points / (time.perf_counter() - start))
