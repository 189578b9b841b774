"""Prophet (the PyPI package, its MAP fit by CmdStan) on its example series in $QUOIN_DATA/forecast/prophet.
Writes series_prophet.json beside this file: per case the objective that Stan reports (lp__), its parameters, and trend, components and
point forecasts at a few moments of history and future; the bands of the future are averages over simulated paths."""

import json
import logging
import os
import pathlib

import numpy as np
import pandas as pd
from prophet import Prophet

logging.disable(logging.CRITICAL)
folder = pathlib.Path(os.environ["QUOIN_DATA"]) / "forecast/prophet"
np.random.seed(7)


def read(name):
    frame = pd.read_csv(folder / name)
    frame["ds"] = pd.to_datetime(frame["ds"])
    return frame


def superbowls():
    playoffs = pd.DataFrame({"holiday": "playoff", "ds": pd.to_datetime(
        ["2008-01-13", "2009-01-03", "2010-01-16", "2010-01-24", "2010-02-07", "2011-01-08", "2013-01-12", "2014-01-12", "2014-01-19",
         "2014-02-02", "2015-01-11", "2016-01-17", "2016-01-24", "2016-02-07"]), "lower_window": 0, "upper_window": 1})
    bowls = pd.DataFrame({"holiday": "superbowl", "ds": pd.to_datetime(["2010-02-07", "2014-02-02", "2016-02-07"]),
                          "lower_window": 0, "upper_window": 1})
    return pd.concat((playoffs, bowls))


def case(name, frame, model, periods, freq, capacity=None, regressor=None):
    frame = frame.copy()
    if capacity is not None:
        frame["cap"] = capacity
    if regressor is not None:
        model.add_regressor(regressor)
    model.fit(frame)
    future = model.make_future_dataframe(periods=periods, freq=freq)
    if capacity is not None:
        future["cap"] = capacity
    if regressor is not None:
        known = frame.set_index("ds")[regressor]
        future[regressor] = [known.get(time, float(known.mean())) for time in future["ds"]]
    forecast = model.predict(future)
    rows = sorted(set(np.linspace(0, len(future) - 1, 40).round().astype(int).tolist()))
    parts = sorted(set(model.seasonalities) | set(model.train_holiday_names if model.train_holiday_names is not None else [])
                   | set(model.extra_regressors))
    params = {key: np.asarray(value).ravel().tolist() for key, value in model.params.items() if key not in ("trend", "lp__")}
    return {"name": name, "rows": int(frame["y"].notnull().sum()), "objective": float(np.asarray(model.params["lp__"]).ravel()[0]),
            "params": params,
            "regressor": None if regressor is None else [float(future[regressor][row]) for row in rows],
            "times": [int(future["ds"][row].value // 1000) for row in rows], "trend": forecast["trend"][rows].tolist(),
            "point": forecast["yhat"][rows].tolist(), "parts": {part: forecast[part][rows].tolist() for part in parts},
            "lower": forecast["yhat_lower"][rows].tolist(), "upper": forecast["yhat_upper"][rows].tolist()}


passengers, peyton = read("example_air_passengers.csv"), read("example_wp_log_peyton_manning.csv")
covid, temperature = read("example_pedestrians_covid.csv"), read("example_yosemite_temps.csv.gz")
temperature = temperature.iloc[::12].reset_index(drop=True)
shops = read("example_pedestrians_multivariate.csv").rename(columns={"location_41": "y"})[["ds", "y", "location_4"]]
samples = 4000
cases = [
    case("air_passengers", passengers, Prophet(uncertainty_samples=samples), 24, "MS"),
    case("air_passengers_multiplicative", passengers, Prophet(seasonality_mode="multiplicative", uncertainty_samples=samples), 24, "MS"),
    case("peyton_manning", peyton, Prophet(uncertainty_samples=samples), 365, "D"),
    case("peyton_manning_holidays", peyton, Prophet(holidays=superbowls(), uncertainty_samples=samples), 365, "D"),
    case("peyton_manning_logistic", peyton, Prophet(growth="logistic", uncertainty_samples=samples), 365, "D", capacity=13.0),
    case("pedestrians_flat", covid, Prophet(growth="flat", uncertainty_samples=samples), 60, "D"),
    case("pedestrians_minmax", covid, Prophet(scaling="minmax", changepoint_prior_scale=0.5, uncertainty_samples=samples), 60, "D"),
    case("yosemite_hourly", temperature, Prophet(uncertainty_samples=samples), 48, "h"),
    case("shops_regressor", shops, Prophet(uncertainty_samples=samples), 24, "h", regressor="location_4"),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"cases": cases}) + "\n")
