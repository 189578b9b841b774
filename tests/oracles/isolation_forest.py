"""scikit-learn's isolation forest: its trees and scores, for equality on the same trees, and its AUC over 20 seeds on the breast-cancer
data that comes with it (first ten columns, 357 benign and the first 40 malignant), for equality in distribution. Writes
isolation_forest.json beside this file."""

import json
import pathlib

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

data = load_breast_cancer()
benign, malignant = data.data[data.target == 1], data.data[data.target == 0][:40]
rows = np.float32(np.vstack([benign, malignant])[:, :10]).astype(float)
label = np.r_[np.zeros(len(benign)), np.ones(len(malignant))]

model = IsolationForest(n_estimators=12, max_samples=64, random_state=5).fit(rows)
trees = []
for estimator, columns in zip(model.estimators_, model.estimators_features_):
    tree = estimator.tree_
    leaf = tree.children_left < 0
    trees.append({"left": tree.children_left.tolist(), "right": tree.children_right.tolist(),
                  "dimension": np.where(leaf, 0, columns[np.maximum(tree.feature, 0)]).tolist(),
                  "place": np.where(leaf, 0.0, tree.threshold).tolist(), "count": tree.n_node_samples.tolist()})
aucs = [roc_auc_score(label, -IsolationForest(n_estimators=100, max_samples=256, random_state=s).fit(rows).score_samples(rows))
        for s in range(20)]
answer = {"columns": 10, "rows": rows.ravel().tolist(), "label": label.astype(int).tolist(), "sample_size": 64, "trees": trees,
          "scores": (-model.score_samples(rows)).tolist(), "auc": aucs}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(answer) + "\n")
