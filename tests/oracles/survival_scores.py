"""Scores of censored predictions by scikit-survival on made-up rows with ties, and with $QUOIN_DATA on gbsg2. Writes survival_scores.json
beside this file."""

import json
import os
import pathlib

import numpy as np
import pandas as pd
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import (brier_score, concordance_index_censored, concordance_index_ipcw, cumulative_dynamic_auc,
                            integrated_brier_score)
from sksurv.nonparametric import CensoringDistributionEstimator
from sksurv.util import Surv


def scores(train, test, risks, survival, horizons):
    """train, test: (stops, events)."""
    train_y, test_y = (Surv.from_arrays(np.asarray(e).astype(bool), t) for t, e in (train, test))
    auc, mean = cumulative_dynamic_auc(train_y, test_y, risks, horizons)
    return {"horizons": list(map(float, horizons)), "auc": auc.tolist(), "mean_auc": float(mean),
            "harrell": float(concordance_index_censored(test_y["event"], test_y["time"], risks)[0]),
            "uno": float(concordance_index_ipcw(train_y, test_y, risks, tau=horizons[-1])[0]),
            "brier": brier_score(train_y, test_y, survival, horizons)[1].tolist(),
            "integrated_brier": float(integrated_brier_score(train_y, test_y, survival, horizons)),
            "censoring": CensoringDistributionEstimator().fit(train_y).predict_proba(np.array(horizons)).tolist()}


rng = np.random.default_rng(11)


def rows(count):
    risks = np.round(rng.normal(size=count), 1)
    lives, ends = rng.exponential(20 * np.exp(-0.7 * risks)), rng.uniform(2, 45, count)
    return np.ceil(np.minimum(lives, ends)), (lives <= ends).astype(int), risks


train_stops, train_events, _ = rows(150)
train_stops[0], train_events[0] = 60, 0  # the package wants the last of all times in training
test_stops, test_events, test_risks = rows(90)
horizons = np.array([4.0, 9.5, 15, 22, 30])
survival = np.exp(-horizons[None, :] / 20 * np.exp(0.7 * test_risks)[:, None])
result = {"train_stops": train_stops.tolist(), "train_events": train_events.tolist(), "stops": test_stops.tolist(),
          "events": test_events.tolist(), "risks": test_risks.tolist(), "survival": survival.ravel().tolist(),
          **scores((train_stops, train_events), (test_stops, test_events), test_risks, survival, horizons)}

if "QUOIN_DATA" in os.environ:
    frame = pd.read_csv(pathlib.Path(os.environ["QUOIN_DATA"]) / "survival/gbsg2.csv")
    x = np.column_stack([frame["horTh"] == "yes", frame["age"], frame["menostat"] == "Post", frame["tsize"],
                         frame["tgrade"].map({"I": 1, "II": 2, "III": 3}), frame["pnodes"], frame["progrec"], frame["estrec"]])
    x = x.astype(float)
    held_out = (np.arange(len(frame)) % 3 == 2) & (frame["time"] < frame["time"].max()).to_numpy()
    y = Surv.from_arrays(frame["cens"].astype(bool), frame["time"].astype(float))
    cox = CoxPHSurvivalAnalysis(ties="efron", tol=1e-12).fit(x[~held_out], y[~held_out])
    days = np.arange(365, 2200, 180.0)
    predicted = np.array([f(days) for f in cox.predict_survival_function(x[held_out])])
    part = [(frame["time"].to_numpy(float)[m], frame["cens"].to_numpy()[m]) for m in (~held_out, held_out)]
    result["gbsg2"] = scores(part[0], part[1], cox.predict(x[held_out]), predicted, days)

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
