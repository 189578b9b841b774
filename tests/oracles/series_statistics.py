"""Exponential smoothing, ARIMA and Theta by statsmodels, and KPSS, on air passengers and the Nile's flow ($QUOIN_DATA).
Writes series_statistics.json beside this file: log-likelihoods and forecasts at given parameters, and those of statsmodels' own fits."""

import json
import os
import pathlib
import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

warnings.filterwarnings("ignore")
data = pathlib.Path(os.environ["QUOIN_DATA"])
passengers = pd.read_csv(data / "forecast/prophet/example_air_passengers.csv")["y"].to_numpy(float)
nile = pd.read_csv(data / "anomaly/changepoint/nile.csv")["value"].to_numpy(float)


def ets(name, values, error, trend, damped, season, period):
    model = ETSModel(values, error=error, trend=trend, damped_trend=damped, seasonal=season, seasonal_periods=period)
    fit = model.fit(disp=False, maxiter=2000)
    states = fit.params[len(fit.params) - (1 + (trend is not None) + (period if season else 0)):]
    parameters = dict(zip(model.param_names, fit.params.tolist()))
    return {"name": name, "series": "passengers" if len(values) == 144 else "nile", "error": error, "trend": trend is not None,
            "damped": damped, "season": season, "period": period or 1, "parameters": parameters, "states": list(map(float, states)),
            "loglikelihood": float(fit.llf), "aicc": float(fit.aicc), "forecast": fit.forecast(12).tolist()}


def arima(name, values, order, seasonal, parameters):
    trend = "n"
    model = SARIMAX(values, order=order, seasonal_order=seasonal, trend=trend, simple_differencing=True,
                    enforce_stationarity=True, enforce_invertibility=True)
    given = model.filter(np.array(parameters))
    fit = model.fit(disp=False, maxiter=500)
    full = SARIMAX(values, order=order, seasonal_order=seasonal, trend=trend, simple_differencing=False)
    forecast = full.filter(np.array(parameters)).get_forecast(12)
    return {"name": name, "series": "passengers" if len(values) == 144 else "nile", "order": list(order) + list(seasonal),
            "parameters": list(map(float, parameters)), "loglikelihood": float(given.llf), "best_parameters": fit.params.tolist(),
            "best_loglikelihood": float(fit.llf), "forecast": forecast.predicted_mean.tolist(), "deviation": forecast.se_mean.tolist()}


theta = ThetaModel(pd.Series(passengers, index=pd.period_range("1949-01", periods=144, freq="M")), period=12, deseasonalize=False)
theta_fit = theta.fit(use_mle=False)
result = {
    "passengers": passengers.tolist(),
    "nile": nile.tolist(),
    "ets": [ets("ANN", nile, "add", None, False, None, None), ets("MNN", nile, "mul", None, False, None, None),
            ets("AAdN", nile, "add", "add", True, None, None), ets("AAA", passengers, "add", "add", False, "add", 12),
            ets("MAM", passengers, "mul", "add", False, "mul", 12), ets("MAdM", passengers, "mul", "add", True, "mul", 12),
            ets("MAA", passengers, "mul", "add", False, "add", 12)],
    "arima": [arima("airline", np.log(passengers), (0, 1, 1), (0, 1, 1, 12), [-0.4, -0.55, 0.0013]),
              arima("ar2ma1", nile - nile.mean(), (2, 0, 1), (0, 0, 0, 0), [0.4, 0.1, 0.2, 20000.0]),
              arima("difference", nile, (1, 1, 1), (0, 0, 0, 0), [0.25, -0.87, 19700.0]),
              arima("seasonal_ar", np.log(passengers), (1, 1, 0), (1, 0, 0, 12), [-0.2, 0.9, 0.0016])],
    "theta": {"alpha": float(theta_fit.params["alpha"]), "b0": float(theta_fit.params["b0"]),
              "forecast": theta_fit.forecast(12, theta=2).tolist()},
    "kpss": [{"series": "nile", "lags": int(3 * np.sqrt(100) / 13), "value": float(kpss(nile, "c", int(3 * np.sqrt(100) / 13))[0])},
             {"series": "passengers", "lags": int(36 / 13), "value": float(kpss(passengers, "c", int(36 / 13))[0])}],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
