"""Gaussian-process regression by scikit-learn with a Matérn 5/2 kernel at fixed parameters: posterior, log marginal likelihood and its
gradient; and the logarithm of the expected improvement by quadrature. Writes gaussian_process.json beside this file."""

import json
import pathlib

import numpy as np
from scipy.integrate import quad
from scipy.special import log_ndtr
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

rng = np.random.default_rng(11)


def case(rows, inputs, signal, noise, standardize):
    x = rng.uniform(0, 1, (rows, inputs))
    y = 40 + 7 * np.sin(5 * x[:, 0]) + 3 * x[:, -1] ** 2 + rng.normal(0, 0.3, rows)
    if not standardize:
        y = (y - 40) / 7
    points = rng.uniform(-0.1, 1.1, (12, inputs))
    scales = rng.uniform(0.2, 1.5, inputs)
    kernel = ConstantKernel(signal) * Matern(scales, nu=2.5)
    # The noise as alpha: then the posterior is that of the function; as a kernel: then the likelihood has a derivative by it.
    model = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None, normalize_y=standardize).fit(x, y)
    mean, std = model.predict(points, return_std=True)
    noisy = GaussianProcessRegressor(kernel + WhiteKernel(noise), alpha=0, optimizer=None, normalize_y=standardize).fit(x, y)
    value, gradient = noisy.log_marginal_likelihood(noisy.kernel_.theta, eval_gradient=True)
    return {"inputs": x.tolist(), "outputs": y.tolist(), "points": points.tolist(), "length_scales": scales.tolist(), "signal": signal,
            "noise": noise, "standardize": standardize, "mean": mean.tolist(), "std": std.tolist(), "likelihood": float(value),
            "gradient": gradient.tolist()}


def log_improvement(z):
    """phi(z) times the integral of u exp(z u - u^2 / 2): nothing cancels for z < 0, and h(z) = z + h(-z)."""
    integral = quad(lambda u: u * np.exp(-abs(z) * u - u * u / 2), 0, 40 / max(abs(z), 1), epsabs=0, epsrel=1e-13, limit=200)[0]
    log_tail = -z * z / 2 - 0.5 * np.log(2 * np.pi) + np.log(integral)
    return float(log_tail if z < 0 else np.log(z + np.exp(log_tail)))


zs = [-1000.0, -200.0, -60.0, -30.0, -26.0, -25.0, -24.0, -10.0, -5.0, -2.0, -1.0, -0.5, -1e-3, 0.0, 0.5, 3.0, 40.0]
result = {"cases": [case(12, 1, 1.0, 1e-2, False), case(30, 3, 2.5, 1e-3, True), case(60, 6, 0.7, 0.2, True), case(2, 2, 1.0, 1e-6, True)],
          "z": zs, "log_improvement": [log_improvement(z) for z in zs], "log_normal_below": [float(log_ndtr(z)) for z in zs]}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result) + "\n")
