"""Predictable plug-in empirical-Bernstein confidence sequences by confseq 0.0.11, the package of the authors of the paper (Waudby-Smith and
Ramdas 2023): its bets and its bound, with the paper's regularised mean in v (theorem 2); predmix_empbern_twosided_cs of 0.0.11 takes the
plain mean there, from 0, which gives other bounds, valid too. Writes confidence_sequence.json beside this file. confseq comes as source
only and builds an extension that is not used here (with Boost's headers), so it is installed into an environment that goes again."""

import pathlib
import subprocess
import sys
import tempfile

COMPUTE = """
import json, sys
import numpy as np
from confseq.predmix import lambda_predmix_eb, predmix_lower_cs

rng = np.random.default_rng(11)


def lower_bound(x, alpha):
    centre = np.append(0.5, (0.5 + np.cumsum(x)) / (np.arange(1, len(x) + 1) + 1))[:-1]
    return predmix_lower_cs(x, v=(x - centre) ** 2, lambdas_fn=lambda y: lambda_predmix_eb(y, truncation=0.5, alpha=alpha),
                            psi_fn=lambda bet: -np.log(1 - bet) - bet, alpha=alpha, running_intersection=False, N=None)


cases = []
for name, x in {
    "uniform": rng.random(400),
    "skewed": rng.beta(2, 18, 600),
    "coin": (rng.random(300) < 0.3).astype(float),
    "constant": np.full(100, 0.5),
    "drift": np.clip(np.linspace(0.1, 0.6, 300) + rng.normal(0, 0.1, 300), 0, 1),
}.items():
    for alpha in (0.05, 0.005):
        lower, upper = lower_bound(x, alpha / 2), 1 - lower_bound(1 - x, alpha / 2)
        places = [0, 1, 2, 9, 49, len(x) - 1]
        cases.append({"name": name, "alpha": alpha, "values": [float(v) for v in x],
                      "bounds": [[p + 1, float(lower[p]), float(upper[p])] for p in places]})
json.dump(cases, open(sys.argv[1], "w"))
open(sys.argv[1], "a").write("\\n")
"""
PACKAGES = ["numpy==1.26.4", "scipy==1.13.1", "matplotlib", "multiprocess", "pandas==2.2.3"]
BUILD = ["scikit-build", "pybind11", "wheel", "setuptools<81", "cmake<3.30", "ninja"]

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(pathlib.Path(folder) / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES, *BUILD], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "confseq==0.0.11"], check=True)
    subprocess.run([python, "-c", COMPUTE, str(pathlib.Path(__file__).with_suffix(".json"))], check=True)
