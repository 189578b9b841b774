"""A small network written by the safetensors package in the layout of docs/formats/network.md, with its answers and Aumann-Shapley values
computed in double precision by NumPy. Writes network.safetensors and network.json beside this file."""

import json
import pathlib

import numpy as np
from safetensors.numpy import save_file

rng = np.random.default_rng(3)
# Features: 0 number, 1 number that may be missing, 2 category of 3 levels.
feature = [0, 1, 1, 2, 2, 2]
level = [-1, -1, -2, 0, 1, 2]
mean = np.array([1971.0, 2.5, 0.1, 0.5, 0.3, 0.15], np.float32)
scale = np.array([29.0, 0.75, 1, 1, 1, 1], np.float32)
output_mean, output_scale, limit = 13.047817, 0.526555, 5.0
shapes = [(20, 6), (7, 20), (1, 7)]
layers = [(rng.normal(0, 0.6, s).astype(np.float32), rng.normal(0, 0.3, s[0]).astype(np.float32)) for s in shapes]

tensors = {"input.mean": mean, "input.scale": scale}
for i, (weight, bias) in enumerate(layers):
    tensors[f"layer.{i:04}.weight"], tensors[f"layer.{i:04}.bias"] = weight, bias
here = pathlib.Path(__file__)
save_file(tensors, here.with_suffix(".safetensors"), metadata={
    "format": "quoin network 1", "features": "3", "layers": "3", "input_features": " ".join(map(str, feature)),
    "input_levels": " ".join(map(str, level)), "input_limit": "5", "output_mean": str(output_mean), "output_scale": str(output_scale)})


def read(row):
    z = np.zeros(6)
    for i in range(6):
        value = row[feature[i]]
        if level[i] == -2:
            value = float(np.isnan(value))
        elif level[i] >= 0:
            value = float(value == level[i])
        z[i] = 0 if np.isnan(value) else np.clip((value - float(mean[i])) / float(scale[i]), -limit, limit)
    return z


def answer_and_gradient(z):
    values, masks = z, []
    for i, (weight, bias) in enumerate(layers):
        values = weight.astype(float) @ values + bias
        if i + 1 < len(layers):
            masks.append(values > 0)
            values = np.maximum(values, 0)
    gradient = layers[-1][0].astype(float)[0]
    for (weight, _), mask in zip(reversed(layers[:-1]), reversed(masks)):
        gradient = (gradient * mask) @ weight.astype(float)
    return output_mean + output_scale * values[0], output_scale * gradient


cases = []
for _ in range(20):
    row = [rng.normal(1971, 40), np.nan if rng.uniform() < 0.3 else rng.normal(2.5, 1), float(rng.integers(0, 4))]
    if row[2] == 3:
        row[2] = np.nan
    z = read(row)
    # Two thousand steps: the exact integral to four digits, whatever the number of kinks on the way.
    steps = 2000
    gradient = sum(answer_and_gradient(z * (k + 0.5) / steps)[1] for k in range(steps)) / steps
    values = [0.0] * 3
    for i in range(6):
        values[feature[i]] += z[i] * gradient[i]
    cases.append({"row": [None if np.isnan(v) else v for v in row], "answer": answer_and_gradient(z)[0], "values": values,
                  "base": answer_and_gradient(np.zeros(6))[0]})
here.with_suffix(".json").write_text(json.dumps(cases) + "\n")
