"""Trees of the package rrcf (Bartos, Mullapudi & Troutman 2019) on a sliding window: the uniform draws it used, CoDisp of every point as it
came, and the dimension of the cut that gave it. Points with repeats and ties. Writes robust_cut_forest.json beside this file.

The box of a leaf has one row in rrcf 0.4.4, so that where a point is inserted beside a leaf the lower corner is overwritten by the upper
one and the cut is always the larger value of the first dimension, not the random one of the paper. Tree gives the leaf its two rows;
scores of a forest are kept of both. rrcf is published as source only, so it is not among the pinned wheels: pip install rrcf==0.4.4."""

import json
import pathlib
import sys

import numpy as np

try:
    import rrcf
except ImportError:
    print("robust_cut_forest.json stays as it is: rrcf 0.4.4 is not installed here", file=sys.stderr)
    sys.exit(0)


class Recorder:
    """Hands out uniform numbers as rrcf asks for them and remembers them on [0, 1)."""

    def __init__(self, seed):
        self.state, self.draws = np.random.RandomState(seed), []

    def uniform(self, low, high):
        self.draws.append(self.state.random_sample())
        return low + (high - low) * self.draws[-1]


class Tree(rrcf.RCTree):
    """rrcf's tree with the random cut also beside a leaf."""

    def _insert_point_cut(self, point, bbox):
        return super()._insert_point_cut(point, np.vstack([bbox[0], bbox[-1]]))


def apart(node):
    """CoDisp of a leaf and the dimension of the cut above the subtree that gives it."""
    score, cut = 0.0, -1
    while node.u is not None:
        sibling = node.u.r if node is node.u.l else node.u.l
        if sibling.n / node.n > score:
            score, cut = sibling.n / node.n, int(node.u.q)
        node = node.u
    return score, cut


cases = []
for dimensions, window, count, seed in ((1, 32, 200, 1), (3, 64, 400, 2), (4, 16, 150, 3)):
    state = np.random.RandomState(100 + seed)
    points = np.round(state.normal(size=(count, dimensions)), 1 if dimensions == 1 else 3)
    points[10:14] = points[10]
    points[count // 2] += 8
    tree = Tree()
    tree.rng = Recorder(seed)
    scores, cuts = [], []
    for i, point in enumerate(points):
        if i >= window:
            tree.forget_point(i - window)
        tree.insert_point(point, index=i)
        if i == 0:
            scores.append(0.0), cuts.append(-1)
            continue
        score, cut = apart(tree.leaves[i])
        assert score == tree.codisp(i)
        scores.append(float(score))
        cuts.append(cut)
    cases.append({"dimensions": dimensions, "window": window, "points": points.ravel().tolist(), "draws": tree.rng.draws,
                  "scores": scores, "cuts": cuts})

# A forest of 40 trees over a window of 128: mean CoDisp of ordinary points and of the planted ones, for the law of the scores.
state = np.random.RandomState(7)
points = np.sin(np.arange(600) / 7)[:, None] + 0.1 * state.normal(size=(600, 1))
points[[300, 450]] = [[4.0], [-3.0]]
points = np.hstack([points[1:], points[:-1]])


def forest_scores(kind):
    forest = [kind(random_state=1000 + k) for k in range(40)]
    mean = np.zeros(len(points))
    for i, point in enumerate(points):
        for tree in forest:
            if i >= 128:
                tree.forget_point(i - 128)
            tree.insert_point(point, index=i)
            mean[i] += tree.codisp(i) / 40 if i > 0 else 0
    return mean.tolist()


answer = {"trees": cases, "forest": {"points": points.ravel().tolist(), "window": 128, "scores": forest_scores(Tree),
                                       "as_released": forest_scores(rrcf.RCTree)}}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(answer) + "\n")
