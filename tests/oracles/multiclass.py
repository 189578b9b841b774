"""Metrics of several classes by scikit-learn, and what its OneVsRest logistic regressions and gradient boosting, calibrated by isotonic
regression on folds, reach on three overlapping clouds. Writes multiclass.json beside this file."""

import json
import pathlib

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

rng = np.random.default_rng(3)
scores = []
for rows, classes in ((40, 3), (300, 4)):
    probabilities = rng.dirichlet(np.full(classes, 0.7), rows)
    labels = np.array([rng.choice(classes, p=p) for p in probabilities])
    scores.append({"labels": labels.tolist(), "probabilities": probabilities.tolist(),
                   "log_loss": log_loss(labels, probabilities, labels=range(classes)),
                   "accuracy": accuracy_score(labels, probabilities.argmax(axis=1)),
                   "macro_auc": roc_auc_score(labels, probabilities, multi_class="ovr")})

centres = np.array([[0, 0], [1.6, 0], [0.6, 1.6]])
labels = rng.choice(3, size=1500, p=[0.5, 0.3, 0.2])
features = np.round(centres[labels] + rng.normal(0, 1, (1500, 2)), 4)
train, test = slice(0, 1000), slice(1000, 1500)
reached = {}
for name, model in (("logistic", LogisticRegression()), ("boosting", HistGradientBoostingClassifier(max_iter=60, learning_rate=0.08))):
    fitted = CalibratedClassifierCV(model, method="isotonic", cv=5).fit(features[train], labels[train])
    told = fitted.predict_proba(features[test])
    reached[name] = {"log_loss": log_loss(labels[test], told), "macro_auc": roc_auc_score(labels[test], told, multi_class="ovr"),
                     "accuracy": accuracy_score(labels[test], told.argmax(axis=1))}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(
    {"scores": scores, "features": features.tolist(), "labels": labels.tolist(), "train_rows": 1000, "reached": reached}) + "\n")
