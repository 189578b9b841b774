"""Elastic net, ridge, logistic regression (scikit-learn) and non-negative least squares (SciPy) on small random tables.
Writes penalised_regression.json beside this file."""

import json
import pathlib

import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(7)
rows, levels = 80, 4
numbers = np.column_stack([rng.normal(1971, 29, rows), rng.normal(47.5, 0.1, rows), rng.gamma(2, 800, rows)])
codes = rng.integers(0, levels, rows)
weights = rng.uniform(0.2, 3, rows)
labels = (13 + 0.002 * (numbers[:, 0] - 1971) + 2 * (numbers[:, 1] - 47.5) + 3e-4 * numbers[:, 2] + 0.2 * (codes == 2)
          + rng.normal(0, 0.2, rows))
classes = (labels + rng.normal(0, 0.3, rows) > np.median(labels)).astype(int)
expanded = np.column_stack([numbers, codes[:, None] == np.arange(levels)]).astype(float)


def predictions(model, weights, target):
    scaler = StandardScaler().fit(expanded, sample_weight=weights)
    standardised = scaler.transform(expanded)
    model.fit(standardised, target, sample_weight=weights)
    if isinstance(model, LogisticRegression):
        return model.decision_function(standardised).tolist()
    return model.predict(standardised).tolist()


ones = np.ones(rows)
cases = []
for name, weight in (("plain", None), ("weighted", weights)):
    w = ones if weight is None else weight
    for alpha, l1_ratio in ((0.01, 0.5), (0.1, 1.0), (0.02, 0.1)):
        model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=1e-12, max_iter=1_000_000)
        cases.append({"objective": "squared_error", "rows": name, "alpha": alpha, "l1_ratio": l1_ratio,
                      "predictions": predictions(model, w, labels)})
    # Ridge minimises the sum of squares + alpha |b|^2: alpha is ours times the total weight.
    model = Ridge(alpha=0.05 * w.sum(), tol=1e-12, solver="cholesky")
    cases.append({"objective": "squared_error", "rows": name, "alpha": 0.05, "l1_ratio": 0.0, "predictions": predictions(model, w, labels)})
    for alpha, l1_ratio in ((0.02, 0.0), (0.02, 0.6)):
        # C weighs the sum of losses: C = 1 / (our alpha times the total weight).
        model = LogisticRegression(C=1 / (alpha * w.sum()), l1_ratio=l1_ratio, solver="saga" if l1_ratio else "newton-cholesky",
                                   tol=1e-12, max_iter=1_000_000)
        cases.append({"objective": "binary_logistic", "rows": name, "alpha": alpha, "l1_ratio": l1_ratio,
                      "predictions": predictions(model, w, classes)})

mixtures = []
for members in (1, 3, 6):
    truth = rng.normal(13, 0.5, 200)
    columns = truth[:, None] + rng.normal(0, 0.1 + 0.1 * rng.uniform(size=members), (200, members)) + rng.normal(0, 0.05, (200, 1))
    if members == 6:
        columns[:, 5] = columns[:, 4]  # twins
        columns[:, 3] = -columns[:, 3]
    solution, _ = nnls(columns, truth)
    solution = solution / solution.sum()
    mixtures.append({"predictions": columns.tolist(), "labels": truth.tolist(), "mixture": (columns @ solution).tolist(),
                     "weights": solution.tolist()})

result = {"features": np.column_stack([numbers, codes]).tolist(), "levels": [0, 0, 0, levels], "labels": labels.tolist(),
          "classes": classes.tolist(), "weights": weights.tolist(), "cases": cases, "mixtures": mixtures}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
