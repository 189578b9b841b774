"""Run-length posteriors by brute force: the joint density of the values and the start of the current run, summed over every segmentation
with SciPy's densities (Student, negative binomial), nothing dropped. Writes change_points.json beside this file."""

import json
import pathlib

import numpy as np
from scipy import special, stats

rng = np.random.default_rng(21)


def gaussian(prior, values):
    """ln density of the next value given those of its run."""
    mean, weight, shape, rate = prior
    for x in values:
        rate += weight * (x - mean) ** 2 / (2 * (weight + 1))
        mean = (weight * mean + x) / (weight + 1)
        weight, shape = weight + 1, shape + 0.5
    scale = np.sqrt(rate * (weight + 1) / (shape * weight))
    return lambda x: stats.t.logpdf(x, 2 * shape, loc=mean, scale=scale)


def poisson(prior, values):
    shape, rate = prior[2] + np.sum(values), prior[3] + len(values)
    return lambda x: stats.nbinom.logpmf(x, shape, rate / (rate + 1))


def posteriors(values, model, prior, hazard):
    """At every time, the probability that the current run has 1, 2, … values; and the ln density of each value before it was seen."""
    joint, answer, densities, before = {}, [], [], 0.0
    for t, x in enumerate(values):
        grown = {s: v + np.log1p(-hazard(t - s)) for s, v in joint.items()}
        grown[t] = special.logsumexp([v + np.log(hazard(t - s)) for s, v in joint.items()]) if joint else 0.0
        joint = {s: v + float(model(prior, values[s:t])(x)) for s, v in grown.items()}
        total = special.logsumexp(list(joint.values()))
        densities.append(total - before)
        before = total
        answer.append([float(np.exp(joint[s] - total)) for s in range(t, -1, -1)])
    return answer, densities


def weibull(scale, shape):
    return lambda n: 1 - np.exp(((n - 1) / scale) ** shape - (n / scale) ** shape)


shifts = np.round(np.r_[rng.normal(0, 1, 25), rng.normal(3, 1, 20), rng.normal(3, 0.2, 15)], 4)
counts = np.r_[rng.poisson(3, 30), rng.poisson(0.7, 25)]
cases = []
for values, model, prior, hazard, setting in (
        (shifts, gaussian, (0.5, 0.1, 1.5, 0.8), lambda n: 1 / 30, (30, 1)),
        (shifts, gaussian, (0, 0.01, 1, 1), weibull(40, 1.5), (40, 1.5)),
        (counts, poisson, (0, 0, 2, 1), lambda n: 1 / 50, (50, 1))):
    lengths, densities = posteriors(values, model, prior, hazard)
    cases.append({"model": model.__name__, "values": values.tolist(), "prior": list(prior), "expected_run": setting[0],
                  "hazard_shape": setting[1], "densities": densities,
                  "at": [0, 1, 10, 24, 27, 40, len(values) - 1],
                  "lengths": [lengths[t] for t in (0, 1, 10, 24, 27, 40, len(values) - 1)]})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
