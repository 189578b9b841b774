"""The peer: what a team builds today for the same answer. FastAPI on uvicorn, one worker a core, XGBoost and LightGBM regressors of the
size of Quoin's own members, a split-conformal interval and exact reasons from shap's TreeExplainer for each request. Trained from CSV.

    python fastapi_service.py train SALES.csv.gz MODEL.pkl     then     PEER_MODEL=MODEL.pkl uvicorn fastapi_service:app --workers 2
"""
import csv
import gzip
import os
import pickle
import sys

import numpy as np

NUMBERS = ["bedrooms", "bathrooms", "sqft_living", "sqft_lot", "floors", "waterfront", "view", "condition", "grade", "sqft_above",
           "sqft_basement", "yr_built", "yr_renovated", "lat", "long", "sqft_living15", "sqft_lot15"]
CATEGORIES = ["zipcode"]


def rows_of(path):
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def encode(row, levels):
    numbers = [float(row[name]) if row[name] not in ("", None) else np.nan for name in NUMBERS]
    return numbers + [float(levels[name].get(row[name], -1)) for name in CATEGORIES]


def train(source, target):
    import lightgbm
    import xgboost

    rows = rows_of(source)
    levels = {name: {level: k for k, level in enumerate(sorted({row[name] for row in rows}))} for name in CATEGORIES}
    features = np.array([encode(row, levels) for row in rows])
    labels = np.log(np.array([float(row["price"]) for row in rows]))
    order = np.random.RandomState(0).permutation(len(rows))
    held_out, proper = order[: len(rows) // 5], order[len(rows) // 5:]

    def fit(part):
        forest = xgboost.XGBRegressor(n_estimators=500, learning_rate=0.06, max_depth=6, subsample=0.7, colsample_bytree=0.25, n_jobs=2)
        leaves = lightgbm.LGBMRegressor(n_estimators=500, learning_rate=0.06, num_leaves=31, colsample_bytree=0.25, n_jobs=2, verbose=-1)
        robust = lightgbm.LGBMRegressor(n_estimators=500, learning_rate=0.06, num_leaves=31, colsample_bytree=0.25, objective="fair",
                                        n_jobs=2, verbose=-1)
        return [model.fit(features[part], labels[part]) for model in (forest, leaves, robust)]

    partial = fit(proper)
    errors = np.abs(np.mean([model.predict(features[held_out]) for model in partial], axis=0) - labels[held_out])
    homes = {row["id"]: encode(row, levels) for row in rows}
    model = {"models": fit(order), "homes": homes, "half_95": float(np.quantile(errors, 0.95)), "names": NUMBERS + CATEGORIES}
    with open(target, "wb") as file:
        pickle.dump(model, file)


if __name__ == "__main__":
    train(sys.argv[2], sys.argv[3])
else:
    import shap
    from fastapi import FastAPI, HTTPException
    from pydantic import BaseModel

    with open(os.environ["PEER_MODEL"], "rb") as stored:
        KEPT = pickle.load(stored)
    for booster in KEPT["models"]:
        booster.set_params(n_jobs=1)  # one row at a time: threads only get in each other's way
    EXPLAINERS = [shap.TreeExplainer(booster) for booster in KEPT["models"]]
    app = FastAPI()

    class Ask(BaseModel):
        entity_id: str
        reasons: bool = True

    @app.post("/v1/predict/property-value")
    def predict(ask: Ask):
        if ask.entity_id not in KEPT["homes"]:
            raise HTTPException(404, "unknown home")
        row = np.array([KEPT["homes"][ask.entity_id]])
        score = float(np.mean([booster.predict(row)[0] for booster in KEPT["models"]]))
        top = np.mean([explainer.shap_values(row)[0] for explainer in EXPLAINERS], axis=0) if ask.reasons else None
        return answer(ask.entity_id, score, top)

    class AskMany(BaseModel):
        entity_ids: list[str]
        reasons: bool = True

    def answer(entity_id, score, top):
        found = {"entity_id": entity_id, "predicted_value": float(np.exp(score)),
                 "intervals": {"0.95": {"lower": float(np.exp(score - KEPT["half_95"])), "upper": float(np.exp(score + KEPT["half_95"]))}}}
        if top is not None:
            order = np.argsort(-np.abs(top))[:5]
            found["top_features"] = [{"feature_name": KEPT["names"][k], "contribution": float(top[k])} for k in order]
        return found

    @app.post("/v1/predict/batch")
    def predict_batch(ask: AskMany):
        """All rows in one call to each library, which is the fastest that they offer."""
        rows = np.array([KEPT["homes"][entity_id] for entity_id in ask.entity_ids])
        scores = np.mean([booster.predict(rows) for booster in KEPT["models"]], axis=0)
        reasons = np.mean([explainer.shap_values(rows) for explainer in EXPLAINERS], axis=0) if ask.reasons else [None] * len(rows)
        return {"predictions": [answer(*row) for row in zip(ask.entity_ids, scores, reasons)]}
