"""Platt scaling (scikit-learn's own fit of a sigmoid) and isotonic regression with ties and weights (scikit-learn).
Writes probability_calibration.json beside this file."""

import json
import pathlib

import numpy as np
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(5)
cases = []
for rows, scale in ((30, 1), (300, 1), (500, 40), (200, 1e-3)):
    scores = np.round(rng.normal(0.3, 1.5, rows), 1) * scale
    labels = (rng.uniform(size=rows) < 1 / (1 + np.exp(-(1.3 * scores / scale - 0.4)))).astype(int)
    weights = rng.integers(0, 4, rows)
    asked = np.concatenate([np.linspace(-6, 6, 41), scores[:10] / scale]) * scale
    platt = _SigmoidCalibration().fit(scores, labels)
    plain = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    weighted = IsotonicRegression(out_of_bounds="clip").fit(scores, labels, sample_weight=weights)
    cases.append({"scores": scores.tolist(), "labels": labels.tolist(), "weights": weights.tolist(), "asked": asked.tolist(),
                  "slope": -platt.a_, "intercept": -platt.b_, "platt": platt.predict(asked).tolist(),
                  "isotonic": plain.predict(asked).tolist(), "isotonic_weighted": weighted.predict(asked).tolist()})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
