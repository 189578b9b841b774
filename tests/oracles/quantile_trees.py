"""Pinball loss of quantile trees on held-out rows: scikit-learn's GradientBoostingRegressor(loss="quantile"), LightGBM's
objective=quantile and the true quantile, on rows from a linear congruential generator that the test repeats. Writes
quantile_trees.json beside this file."""

import json
import math
import pathlib

import lightgbm
import numpy as np
from sklearn.ensemble import GradientBoostingRegressor

LEVELS = [0.5, 0.95, 0.99, 0.999]
TRAIN, TEST = 6000, 6000
state = 20260101


def uniform():
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 11) / 2**53


def truth(row, level):
    return 2 + 3 * row[0] + math.sin(6 * row[1]) - (0.5 + 2 * row[0]) * math.log1p(-level)


def rows(count):
    features = np.empty((count, 3))
    labels = np.empty(count)
    for i in range(count):
        features[i] = [uniform(), uniform(), uniform()]
        labels[i] = truth(features[i], uniform())
    return features, labels


def pinball(level, labels, predictions):
    residual = labels - predictions
    return float(np.mean(np.where(residual >= 0, level * residual, (level - 1) * residual)))


train, train_labels = rows(TRAIN)
test, test_labels = rows(TEST)
answers = []
for level in LEVELS:
    sklearn = GradientBoostingRegressor(loss="quantile", alpha=level, n_estimators=150, learning_rate=0.1, max_depth=3,
                                        min_samples_leaf=20, random_state=1).fit(train, train_labels)
    booster = lightgbm.train({"objective": "quantile", "alpha": level, "learning_rate": 0.1, "num_leaves": 8, "min_data_in_leaf": 20,
                              "verbosity": -1, "num_threads": 1, "deterministic": True, "seed": 1},
                             lightgbm.Dataset(train, train_labels), 150)
    answers.append({"level": level,
                    "sklearn": pinball(level, test_labels, sklearn.predict(test)),
                    "lightgbm": pinball(level, test_labels, booster.predict(test)),
                    "truth": pinball(level, test_labels, np.array([truth(row, level) for row in test]))})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(answers) + "\n")
