"""The curves of docs/growth.md: reads the last forest_growth in bench/history.ndjson and writes docs/images/forest-growth.svg.

    scripts/python bench/forest_growth_plot.py
"""
import json
import os

import matplotlib
matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "quoin", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
                            "axes.spines.top": False, "axes.spines.right": False})
import matplotlib.pyplot as plot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CURVES = (("lightgbm_us", "LightGBM, one row", "#b0b4ba", "--"), ("explained_us", "one row with reasons", "#c2410c", "-"),
          ("explained_batch_us", "with reasons, of 256", "#f59e0b", "-"), ("one_us", "one row", "#1d4ed8", "-"),
          ("batch_us", "of 1,000 rows", "#0d9488", "-"))


def main():
    with open(os.path.join(ROOT, "bench", "history.ndjson")) as file:
        cells = [json.loads(line) for line in file if '"forest_growth"' in line][-1]["cells"]
    figure, axes = plot.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
    for axis, size in zip(axes, ("trees", "leaves", "features")):
        others = [name for name in ("trees", "leaves", "features") if name != size]
        usual = {"trees": 200, "leaves": 31, "features": 50}
        chosen = sorted((cell for cell in cells if all(cell[name] == usual[name] for name in others)), key=lambda cell: cell[size])
        for key, label, colour, style in CURVES:
            axis.plot([cell[size] for cell in chosen], [cell[key] for cell in chosen], style, color=colour, label=label, marker="o",
                      markersize=3, linewidth=1.6)
        axis.set(xscale="log", yscale="log", xlabel=size)
        axis.grid(True, which="major", color="#eceef1", linewidth=0.8)
    axes[0].set_ylabel("µs a row")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False)
    path = os.path.join(ROOT, "docs", "images", "forest-growth.svg")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


main()
