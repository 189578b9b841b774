"""Maximum likelihood of Dirichlet-multinomial counts, by SciPy's BFGS on the logarithms of the concentrations.
Writes dirichlet_multinomial.json beside this file."""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

rng = np.random.default_rng(11)


def negative(logs, counts):
    a, n = np.exp(logs), counts.sum(axis=1)
    value = (gammaln(a.sum()) - gammaln(a.sum() + n)).sum() + (gammaln(a + counts) - gammaln(a)).sum()
    slope = (digamma(a.sum()) - digamma(a.sum() + n)).sum() + (digamma(a + counts) - digamma(a)).sum(axis=0)
    return -value, -slope * a


cases = []
for truth, users in (([2.0, 1.0, 0.5], 300), ([8.0, 4.0, 4.0, 2.0, 1.0, 6.0, 3.0], 200), ([0.3, 0.6], 400)):
    shares = rng.dirichlet(truth, users)
    counts = np.array([rng.multinomial(rng.integers(0, 60), share) for share in shares])
    fitted = minimize(negative, np.zeros(len(truth)), (counts,), "BFGS", jac=True, options={"gtol": 1e-8})
    draws = rng.dirichlet(np.exp(fitted.x), 400000).argmax(axis=1)
    cases.append({"counts": counts.tolist(), "concentrations": np.exp(fitted.x).tolist(), "log_likelihood": -fitted.fun,
                  "largest": [float((draws == k).mean()) for k in range(len(truth))]})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
