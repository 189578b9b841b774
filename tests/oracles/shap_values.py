"""Interventional SHAP values of shap and interaction values of XGBoost: the oracle of src/models/forest/shap_oracle_test.cpp.

    python tests/oracles/shap_values.py

Needs numpy, xgboost 1.7.6 and shap 0.46.0. Asks the models that forest.py made and writes shap_values/<case>.f64, little-endian doubles:
rows, background rows, features, outputs; the rows (NaN is missing), the background, interventional values (rows × outputs × features),
interaction values (rows × outputs × (features + 1) × (features + 1)).
"""
import os

import numpy as np
import shap
import xgboost as xgb
from forest import features, questions

CASES = {"xgboost_squared_error": "json", "xgboost_logistic": "ubj", "xgboost_softprob": "ubj"}
ROWS, BACKGROUND = 12, 20


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(f"{here}/shap_values", exist_ok=True)
    for name, ending in CASES.items():
        booster = xgb.Booster(model_file=f"{here}/forest/{name}.{ending}")
        rng = np.random.default_rng(11)
        background, asked = features(BACKGROUND, rng), questions(40, rng)[-ROWS:]
        explainer = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
        values = np.asarray(explainer.shap_values(asked, check_additivity=False)).reshape(ROWS, asked.shape[1], -1).transpose(0, 2, 1)
        interactions = booster.predict(xgb.DMatrix(asked), pred_interactions=True)
        parts = [np.array([ROWS, BACKGROUND, asked.shape[1], values.shape[1]]), asked, background, values, interactions]
        np.concatenate([np.asarray(part, dtype="<f8").ravel() for part in parts]).tofile(f"{here}/shap_values/{name}.f64")


if __name__ == "__main__":
    main()
