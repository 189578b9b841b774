"""Split-conformal intervals written out in NumPy: with one bin (the textbook quantile), and with label bins and groups by brute force
over a fine grid of candidate labels. Writes conformal.json beside this file."""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(3)
LEVELS = [0.5, 0.6827, 0.8, 0.9, 0.95, 0.99]


def rank(n, level, margin):
    miss = 1 - level
    return min(max(int(np.ceil((n + 1) * (1 - miss) + margin * np.sqrt(n * miss * (1 - miss)) - 1e-9)), 1), n)


def quantile(scores, level, margin=0.0):
    return np.sort(scores)[rank(len(scores), level, margin) - 1]


def rows(count, groups):
    label = rng.normal(13, 0.5, count)
    difficulty = np.exp(rng.normal(-2, 0.3, count))
    group = rng.integers(-1, groups, count) if groups else np.full(count, -1)
    spread = difficulty * np.exp(0.3 * np.maximum(group, 0)) * (1 + np.abs(label - 13))
    return label + spread * rng.normal(size=count), label, difficulty, group


def fit(prediction, label, difficulty, group, bins, shrinkage):
    score = np.abs(label - prediction) / difficulty
    order = np.argsort(label, kind="stable")
    parts = np.split(order, [(b + 1) * len(label) // bins for b in range(bins - 1)])
    nodes = np.array([np.median(label[part]) for part in parts])
    threshold = np.full(bins, quantile(score, 0.95))
    factor = {}
    divided = score
    for _ in range(4):
        relative = score / np.interp(label, nodes, threshold)
        for g in np.unique(group[group >= 0]):
            own = relative[group == g]
            factor[int(g)] = np.clip(quantile(own, 0.95), 1 / 8, 8) ** (len(own) / (len(own) + shrinkage))
        divided = score / np.array([factor.get(int(g), 1.0) for g in group])
        threshold = np.array([quantile(divided[part], 0.95) for part in parts])
    return nodes, [divided[part] for part in parts], factor


def interval(model, margin, prediction, difficulty, group, level):
    nodes, scores, factor = model
    scale = difficulty * factor.get(int(group), 1.0)
    threshold = np.array([quantile(s, level, margin) for s in scores])
    away = np.linspace(0, 12, 600001)
    above = prediction + away[away <= scale * np.interp(prediction + away, nodes, threshold)][-1]
    below = prediction - away[away <= scale * np.interp(prediction - away, nodes, threshold)][-1]
    return [float(below), float(above)]


cases = []
for count, groups, bins, margin in ((60, 0, 1, 0.0), (400, 3, 4, 0.0), (400, 3, 4, 0.674)):
    prediction, label, difficulty, group = rows(count, groups)
    model = fit(prediction, label, difficulty, group, bins, 30)
    asked = [(float(p), float(d), g) for p, d, g in zip(rng.normal(13, 0.7, 12), np.exp(rng.normal(-2, 0.3, 12)), [-1, 0, 1, 2] * 3)]
    cases.append({"rows": np.column_stack([prediction, label, difficulty, group]).tolist(), "bins": bins, "margin": margin,
                  "asked": asked, "levels": LEVELS,
                  "intervals": [[interval(model, margin, *ask, level) for level in LEVELS] for ask in asked]})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
