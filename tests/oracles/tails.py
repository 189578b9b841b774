"""Fits of the generalised Pareto law by SciPy: maximum likelihood (scipy.stats.genpareto, from the best of several starts, polished with
Nelder-Mead) and the standard errors from a numerical Hessian; probability-weighted moments written out. Writes tails.json."""

import json
import pathlib

import numpy as np
from scipy import optimize, stats

rng = np.random.default_rng(11)


def negative(parameters, y, censored):
    shape, log_scale = parameters
    scale = np.exp(log_scale)
    value = -np.sum(stats.genpareto.logpdf(y, shape, scale=scale)) - np.sum(stats.genpareto.logsf(censored, shape, scale=scale))
    return value if np.isfinite(value) else 1e300


def fit(y, censored):
    best = None
    for start in (-0.4, -0.1, 0.1, 0.5, 1.2):
        scale = max(np.mean(y) * (1 - min(start, 0.9)), np.max(np.concatenate([y, censored])) * max(-start, 0) * 1.05 + 1e-9)
        point = [start, np.log(scale)]
        for _ in range(3):
            found = optimize.minimize(negative, point, args=(y, censored), method="Nelder-Mead",
                                      options={"xatol": 1e-11, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000})
            point = found.x
        if best is None or found.fun < best.fun:
            best = found
    return best.x[0], float(np.exp(best.x[1])), -best.fun


def covariance(y, shape, scale):
    def value(p):
        return -np.sum(stats.genpareto.logpdf(y, p[0], scale=p[1]))
    steps = np.array([2e-4, 2e-4 * scale])
    hessian = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            a, b = np.eye(2)[i] * steps, np.eye(2)[j] * steps
            at = np.array([shape, scale])
            hessian[i, j] = (value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)) / (4 * steps[i] * steps[j])
    return np.linalg.inv(hessian)


def moments(y):
    y = np.sort(y)
    n = len(y)
    a0, a1 = np.mean(y), np.mean(y * (1 - (np.arange(1, n + 1) - 0.35) / n))
    return 2 - a0 / (a0 - 2 * a1), 2 * a0 * a1 / (a0 - 2 * a1)


cases = []
for shape, scale, count, censor in ((0.5, 7, 109, 0), (0.0, 1, 200, 0), (-0.25, 3, 300, 0), (0.2, 1e-6, 60, 0), (0.9, 2, 500, 0),
                                    (0.4, 1, 400, 0.02)):
    y = stats.genpareto.rvs(shape, scale=scale, size=count, random_state=rng) if shape else rng.exponential(scale, count)
    y = np.array([float(f"{v:.12g}") for v in y])
    censored = np.array([])
    if censor:
        level = float(np.quantile(y, 1 - censor))
        censored, y = np.full(int(np.sum(y > level)), level), y[y <= level]
    found = fit(y, censored)
    case = {"excesses": y.tolist(), "censored": censored.tolist(), "shape": found[0], "scale": found[1], "log_likelihood": found[2]}
    if not censor:
        both = covariance(y, found[0], found[1])
        case["covariance"] = [both[0, 0], both[1, 1], both[0, 1]]
        case["moments"] = [float(v) for v in moments(y)]
    cases.append(case)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
