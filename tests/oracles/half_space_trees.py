"""Streaming half-space trees written out from the pseudo-code of Tan, Ting & Liu (2011), with explicit node objects and masses that are
moved at the end of every window. Given cuts, the mass of every point before it is learnt. Writes half_space_trees.json beside this file."""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(5)
TREES, DEPTH, WINDOW, SHARE, DIMENSIONS, COUNT = 5, 6, 40, 0.1, 3, 300


class Node:
    def __init__(self, low, high, level):
        self.level, self.r, self.l = level, 0, 0
        if level == DEPTH:
            return
        self.dimension = int(rng.integers(DIMENSIONS))
        self.place = (low[self.dimension] + high[self.dimension]) / 2
        middle_high, middle_low = high.copy(), low.copy()
        middle_high[self.dimension] = middle_low[self.dimension] = self.place
        self.children = [Node(low, middle_high, level + 1), Node(middle_low, high, level + 1)]

    def child(self, x):
        return self.children[0 if x[self.dimension] < self.place else 1]

    def update(self, x):
        self.l += 1
        if self.level < DEPTH:
            self.child(x).update(x)

    def score(self, x):
        return self.r * 2 ** self.level if self.level == DEPTH or self.r < SHARE * WINDOW else self.child(x).score(x)

    def turn(self):
        self.r, self.l = self.l, 0
        for child in self.children if self.level < DEPTH else []:
            child.turn()


def tree():
    centre = rng.random(DIMENSIONS)
    reach = 2 * np.maximum(centre, 1 - centre)
    return Node(centre - reach, centre + reach, 0)


forest = [tree() for _ in range(TREES)]
cuts = []
for root in forest:
    level = [root]
    for _ in range(DEPTH):
        cuts += [[n.dimension, float(n.place)] for n in level]
        level = [c for n in level for c in n.children]
points = np.clip(rng.normal(0.5, 0.12, size=(COUNT, DIMENSIONS)), 0, 1)
points[200:203] = [0.02, 0.95, 0.5]
masses = []
for i, x in enumerate(points):
    masses.append(sum(root.score(x) for root in forest) if i >= WINDOW else 0)
    for root in forest:
        root.update(x)
    if (i + 1) % WINDOW == 0:
        for root in forest:
            root.turn()
answer = {"trees": TREES, "depth": DEPTH, "window": WINDOW, "share": SHARE, "dimensions": DIMENSIONS, "cuts": cuts,
          "points": points.ravel().tolist(), "masses": [int(m) for m in masses]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(answer) + "\n")
