"""Small N-BEATS networks (Oreshkin et al. 2020) written from the paper's equations in PyTorch, double precision: weights, window, and the
forecast of each stack. Writes nbeats.json beside this file. PyTorch is not among scripts/requirements.txt, for its size of 5 GB: without it
(`pip install torch`) the stored values stay as they are."""

import json
import pathlib
import sys

try:
    import torch
except ImportError:
    sys.exit(print("nbeats.py: PyTorch is not installed; nbeats.json stays as it is"))

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


class Block(torch.nn.Module):
    def __init__(self, lookback, width, coefficients):
        super().__init__()
        sizes = [lookback, width, width, width, width]
        self.hidden = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.theta = torch.nn.Linear(width, coefficients)
        for parameter in self.parameters():  # so that the stored float weights are exact
            parameter.data = parameter.data.float().double()

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.theta(x)


def basis(kind, lookback, horizon):
    """Backcast and forecast basis, coefficients x steps."""
    if kind == "generic":
        return torch.eye(lookback), torch.eye(horizon)
    if kind == "trend":
        return tuple(torch.stack([(torch.arange(n) / n) ** p for p in range(3)]) for n in (lookback, horizon))
    bases = []
    for t in (torch.arange(-lookback, 0) / horizon, torch.arange(horizon) / horizon):
        rows = [torch.ones_like(t)]
        for k in range(1, horizon // 2 + 1):
            rows += [torch.cos(2 * torch.pi * k * t), torch.sin(2 * torch.pi * k * t)]
        bases.append(torch.stack(rows))
    return tuple(bases)


def case(lookback, horizon, kinds, width, repeats):
    history = 500 + 20 * torch.randn(lookback).cumsum(0)
    mean = history.mean()
    scale = (history - mean).abs().mean()
    rest, stacks, forecasts = (history - mean) / scale, [], []
    for kind in kinds:
        back, ahead = basis(kind, lookback, horizon)
        made = [Block(lookback, width, len(back) + len(ahead)) for _ in range(repeats if kind == "generic" else 1)]
        forecast = torch.zeros(horizon)
        for r in range(repeats):
            theta = made[r % len(made)](rest)
            rest = rest - theta[: len(back)] @ back
            forecast = forecast + theta[len(back) :] @ ahead
        forecasts.append((forecast * scale + (mean if not forecasts else 0)).tolist())
        layers = [[*block.hidden, block.theta] for block in made]
        stacks.append({"kind": kind, "repeats": repeats, "blocks": [
            [{"weight": layer.weight.flatten().tolist(), "bias": layer.bias.tolist()} for layer in block] for block in layers]})
    return {"lookback": lookback, "horizon": horizon, "stacks": stacks, "history": history.tolist(), "forecasts": forecasts,
            "size": float(mean.abs() + scale)}


with torch.no_grad():
    cases = [case(12, 4, ["generic"], 10, 3), case(15, 5, ["trend", "seasonality"], 8, 3), case(8, 4, ["generic", "generic"], 6, 2)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
