"""Conformalised quantile regression by MAPIE: five folds of skewed rows, boosted quantile models of scikit-learn fitted beforehand, the
correction learned on one fold and the intervals of another. Both ends together and each for itself. Writes quantile_conformal.json beside
this file."""

import json
import pathlib

import numpy as np
from mapie.regression import ConformalizedQuantileRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import KFold

rng = np.random.default_rng(11)
x = rng.uniform(0, 1, (600, 1))
label = 2 * x[:, 0] + (0.2 + x[:, 0]) * (rng.gamma(2, 1, 600) - 1)

folds = []
parts = [part for _, part in KFold(5, shuffle=True, random_state=1).split(x)]
for number, level in enumerate([0.8, 0.8, 0.9, 0.9, 0.95]):
    held, asked = parts[number], parts[(number + 1) % 5][:40]
    rest = np.setdiff1d(np.arange(600), np.concatenate([held, parts[(number + 1) % 5]]))
    models = [GradientBoostingRegressor(loss="quantile", alpha=alpha, n_estimators=40, max_depth=2, random_state=0)
              for alpha in ((1 - level) / 2, (1 + level) / 2, 0.5)]
    for model in models:
        model.fit(x[rest], label[rest])
    conformal = ConformalizedQuantileRegressor(models, confidence_level=level, prefit=True).conformalize(x[held], label[held])
    fold = {"level": level,
            "rows": np.column_stack([models[0].predict(x[held]), models[1].predict(x[held]), label[held]]).tolist(),
            "asked": np.column_stack([models[0].predict(x[asked]), models[1].predict(x[asked])]).tolist()}
    for sides, is_symmetric in (("symmetric", True), ("asymmetric", False)):
        if not is_symmetric and len(held) < 2 / (1 - level):
            continue
        fold[sides] = conformal.predict_interval(x[asked], symmetric_correction=is_symmetric)[1][:, :, 0].tolist()
    folds.append(fold)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(folds) + "\n")
