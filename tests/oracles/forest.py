"""Models of XGBoost and LightGBM with their own answers: what src/models/forest must reproduce.

    python tests/oracles/forest.py [--rows 10000 --rounds 100 --folder /somewhere/large]

Needs numpy, xgboost 1.7.6 and lightgbm 4.6.0. Writes per case <folder>/<case>.{json,ubj,txt}, the model file, and <case>.f64, little-endian
doubles: rows, features, outputs; the rows (NaN is missing), margins, predictions and contributions (features + base, per output).
Without arguments the folder is the one beside this script, whose files the unit tests read.
"""
import argparse
import os

import lightgbm as lgb
import numpy as np
import xgboost as xgb

CATEGORIES = 90  # more than one 64-bit word of codes
CATEGORICAL = [4, 5]


def features(rows, rng):
    """Six numbers and two categorical columns in the middle, with missing values, zeros and ties."""
    x = rng.normal(size=(rows, 8))
    x[:, 1] = np.round(x[:, 1] * 2)
    x[:, 2] = np.exp(x[:, 2])
    x[:, 3] = np.where(rng.random(rows) < 0.4, 0.0, x[:, 3])
    x[:, 4] = rng.integers(0, 6, rows)
    x[:, 5] = np.floor(CATEGORIES * rng.random(rows) ** 2)
    for column in (0, 2, 3, 4, 5, 6):
        x[rng.random(rows) < 0.08, column] = np.nan
    return x


def signal(x, rng):
    z = np.nan_to_num(x, nan=0.7)
    effect = np.sin(np.arange(CATEGORIES) * 1.7)[z[:, 5].astype(int) % CATEGORIES]
    return (z[:, 0] * z[:, 1] + np.log1p(z[:, 2]) + (z[:, 4] % 3 == 1) * z[:, 6] + 1.5 * effect - np.abs(z[:, 3]) + 0.5 * z[:, 7]
            + 0.3 * rng.normal(size=len(x)))


def labels(kind, y):
    if kind == "binary":
        return (y > np.median(y)).astype(float)
    if kind == "three":
        return np.digitize(y, np.quantile(y, [0.4, 0.75])).astype(float)
    if kind == "count":
        return np.floor(np.exp(y / 3))
    if kind == "positive":
        return np.exp(y / 2)
    return y


def questions(rows, rng):
    """Rows to answer: like the training rows, with the values that readers get wrong."""
    x = features(rows, rng)
    x[0:5, CATEGORICAL[1]] = [CATEGORIES + 5, 1000, CATEGORIES - 1, np.nan, 63]  # unseen codes, word borders
    x[5:12, 3] = [0.0, -0.0, 1e-36, -1e-36, 1e-40, 2e-35, np.nan]
    x[12:14, 0] = [3e38, -3e38]  # XGBoost refuses infinities
    x[14] = np.nan
    return x


XGBOOST = {
    # name: (file ending, labels, categorical columns, parameters)
    "xgboost_squared_error": ("json", "number", False, {"objective": "reg:squarederror", "base_score": 0.25}),
    "xgboost_logistic": ("ubj", "binary", False,
                         {"objective": "binary:logistic", "base_score": 0.3, "monotone_constraints": "(0,0,1,0,0,0,0,1)"}),
    "xgboost_softprob": ("ubj", "three", False, {"objective": "multi:softprob", "num_class": 3, "max_depth": 3}),
    "xgboost_poisson": ("json", "count", False, {"objective": "count:poisson", "base_score": 2.0, "max_depth": 3}),
    "xgboost_gamma": ("ubj", "positive", False, {"objective": "reg:gamma", "base_score": 1.5, "max_depth": 3}),
    "xgboost_absolute_error": ("ubj", "number", False, {"objective": "reg:absoluteerror", "tree_method": "hist"}),
    "xgboost_dart": ("ubj", "number", False, {"booster": "dart", "rate_drop": 0.3, "skip_drop": 0.2, "objective": "reg:squarederror"}),
    "xgboost_random_forest": ("ubj", "binary", False, {"objective": "binary:logistic", "num_parallel_tree": 10, "subsample": 0.6,
                                                       "colsample_bynode": 0.5, "learning_rate": 1.0, "rounds": 2}),
    "xgboost_one_hot": ("json", "number", True, {"objective": "reg:squarederror", "tree_method": "hist", "max_cat_to_onehot": 1000}),
    "xgboost_partition": ("ubj", "binary", True, {"objective": "binary:logistic", "tree_method": "approx", "max_cat_to_onehot": 1}),
    "xgboost_partition_softprob": ("json", "three", True, {"objective": "multi:softprob", "num_class": 3,
                                   "tree_method": "hist", "max_cat_to_onehot": 2,
                                                           "max_depth": 3, "rounds": 5}),
}

LIGHTGBM = {
    "lightgbm_regression": ("number", True, {"objective": "regression"}),
    "lightgbm_binary": ("binary", True, {"objective": "binary", "sigmoid": 0.7}),
    "lightgbm_multiclass": ("three", True, {"objective": "multiclass", "num_class": 3}),
    "lightgbm_one_versus_all": ("three", True, {"objective": "multiclassova", "num_class": 3, "sigmoid": 1.3}),
    "lightgbm_zero_as_missing": ("number", True, {"objective": "regression", "zero_as_missing": True}),
    "lightgbm_no_missing": ("number", True, {"objective": "regression_l1", "use_missing": False}),
    "lightgbm_random_forest": ("number", False, {"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
    "lightgbm_poisson": ("count", False, {"objective": "poisson"}),
    "lightgbm_dart": ("number", True, {"objective": "quantile", "alpha": 0.8, "boosting": "dart"}),
    "lightgbm_one_leaf": ("number", False, {"objective": "regression", "min_data_in_leaf": 100000, "rounds": 3}),
}


def write(path, answers):
    x, margins, predictions, contributions = answers
    rows, columns = x.shape
    outputs = margins.size // rows
    parts = [np.array([rows, columns, outputs]), x, margins, predictions, contributions]
    np.concatenate([np.asarray(part, dtype="<f8").ravel() for part in parts]).tofile(path + ".f64")


def xgboost_case(name, options, size):
    ending, kind, categorical, parameters = options
    rng = np.random.default_rng(7)
    x = features(3000, rng)
    types = ["c" if categorical and j in CATEGORICAL else "float" for j in range(x.shape[1])]
    given = {"max_depth": 4, "learning_rate": 0.3, "seed": 3, "nthread": 2} | parameters
    rounds = given.pop("rounds", size.rounds)
    train = xgb.DMatrix(x, labels(kind, signal(x, rng)), feature_types=types, enable_categorical=categorical)
    booster = xgb.train(given, train, rounds)
    booster.save_model(f"{size.folder}/{name}.{ending}")
    asked = questions(size.rows, rng)
    data = xgb.DMatrix(asked, feature_types=types, enable_categorical=categorical)
    write(f"{size.folder}/{name}", (asked, booster.predict(data, output_margin=True), booster.predict(data),
                                    booster.predict(data, pred_contribs=True)))


def lightgbm_case(name, options, size):
    kind, categorical, parameters = options
    rng = np.random.default_rng(7)
    x = features(3000, rng)
    given = {"num_leaves": 12, "learning_rate": 0.3, "min_data_per_group": 10, "cat_smooth": 1, "max_cat_to_onehot": 4, "seed": 3,
             "deterministic": True, "num_threads": 2, "verbosity": -1} | parameters
    rounds = given.pop("rounds", size.rounds)
    data = lgb.Dataset(x, labels(kind, signal(x, rng)), categorical_feature=CATEGORICAL if categorical else [], free_raw_data=False)
    booster = lgb.train(given, data, rounds)
    booster.save_model(f"{size.folder}/{name}.txt")
    asked = questions(size.rows, rng)
    # LightGBM averages the predictions of a random forest, but neither its raw scores nor their contributions.
    share = 1 / booster.num_trees() if given.get("boosting") == "rf" else 1
    write(f"{size.folder}/{name}", (asked, share * booster.predict(asked, raw_score=True), booster.predict(asked),
                                    share * booster.predict(asked, pred_contrib=True)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--folder", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "forest"))
    size = parser.parse_args()
    os.makedirs(size.folder, exist_ok=True)
    for name, options in XGBOOST.items():
        xgboost_case(name, options, size)
    for name, options in LIGHTGBM.items():
        lightgbm_case(name, options, size)


if __name__ == "__main__":
    main()
