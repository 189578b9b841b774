"""Every metric on small random data with ties and weights, by scikit-learn and SciPy; plain NumPy where neither has the metric.
Weights are whole numbers, so that a weighted median is the median of repeated rows. Writes metrics.json beside this file."""

import json
import pathlib

import numpy as np
from scipy.stats import ks_2samp
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

rng = np.random.default_rng(11)


def regression():
    labels = np.round(np.exp(rng.normal(12.9, 0.5, 151)), -2)
    predictions = np.round(labels * np.exp(rng.normal(0.01, 0.13, 151)), -2)
    weights = rng.integers(0, 4, 151)
    expected = {}
    for w in (None, weights):
        error = (predictions - labels) / labels
        repeated = error if w is None else np.repeat(error, w)
        values = {
            "mae": sk.mean_absolute_error(labels, predictions, sample_weight=w),
            "rmse": np.sqrt(sk.mean_squared_error(labels, predictions, sample_weight=w)),
            "rmsle": np.sqrt(sk.mean_squared_log_error(labels, predictions, sample_weight=w)),
            "r2": sk.r2_score(labels, predictions, sample_weight=w),
            "explained_variance": sk.explained_variance_score(labels, predictions, sample_weight=w),
            "mape": sk.mean_absolute_percentage_error(labels, predictions, sample_weight=w),
            "mdape": np.median(np.abs(repeated)),
            "mean_error": np.mean(repeated),
            "median_error": np.median(repeated),
            "ppe10": np.mean(np.abs(repeated) <= 0.1),
            "ppe20": np.mean(np.abs(repeated) <= 0.2),
            "right_tail10": np.mean(repeated > 0.1),
            "right_tail20": np.mean(repeated > 0.2),
            "pinball05": sk.mean_pinball_loss(labels, predictions, sample_weight=w, alpha=0.05),
            "pinball50": sk.mean_pinball_loss(labels, predictions, sample_weight=w, alpha=0.5),
            "pinball95": sk.mean_pinball_loss(labels, predictions, sample_weight=w, alpha=0.95),
            "poisson_deviance": sk.mean_poisson_deviance(labels, predictions, sample_weight=w),
        }
        for name, value in values.items():
            expected.setdefault(name, []).append(float(value))
    return {"labels": labels.tolist(), "predictions": predictions.tolist(), "weights": weights.tolist(), "expected": expected}


def top_share(labels, scores, w, share):
    """Precision among the first `share` of the weight; a group of ties cut by the border counts in proportion."""
    wanted, ones, taken = share * w.sum(), 0.0, 0.0
    for score in np.unique(scores)[::-1]:
        tied = scores == score
        part = min(1.0, max(0.0, (wanted - taken) / max(w[tied].sum(), 1e-300)))
        ones, taken = ones + part * w[tied & (labels == 1)].sum(), taken + part * w[tied].sum()
    return ones / wanted


def expected_calibration_error(labels, scores):
    ones, means = calibration_curve(labels, scores, n_bins=10, strategy="uniform")
    bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores)
    return np.sum(np.abs(ones - means) * np.unique(bins, return_counts=True)[1]) / len(labels)


def classification():
    labels = rng.integers(0, 2, 203)
    scores = np.round(np.clip(rng.beta(2, 2, 203) + 0.15 * (labels - 0.5), 0, 1), 2) * 0.999 + 0.0005  # ties; none on a bin's border
    scores[0], scores[1] = 0.0, 1.0
    labels[0], labels[1] = 0, 0  # one answer that is certain and wrong
    weights = rng.integers(0, 4, 203)
    expected = {}
    for w in (None, weights):
        n = np.ones(203, int) if w is None else w
        y, p = np.repeat(labels, n), np.repeat(scores, n)
        false_share, true_share, _ = sk.roc_curve(labels, scores, sample_weight=w)
        values = {
            "auc": sk.roc_auc_score(labels, scores, sample_weight=w),
            "average_precision": sk.average_precision_score(labels, scores, sample_weight=w),
            "log_loss": sk.log_loss(labels, scores, sample_weight=w),
            "brier": sk.brier_score_loss(labels, scores, sample_weight=w),
            "ece": expected_calibration_error(y, p),
            "accuracy": sk.accuracy_score(labels, scores >= 0.5, sample_weight=w),
            "precision": sk.precision_score(labels, scores >= 0.5, sample_weight=w),
            "recall": sk.recall_score(labels, scores >= 0.5, sample_weight=w),
            "f1": sk.f1_score(labels, scores >= 0.5, sample_weight=w),
            "mcc": sk.matthews_corrcoef(labels, scores >= 0.5, sample_weight=w),
            "precision_at_20pct": top_share(y, p, np.ones(len(y)), 0.2),
            "ks": ks_2samp(p[y == 1], p[y == 0]).statistic,
        }
        assert abs(values["ks"] - np.max(np.abs(true_share - false_share))) < 1e-12
        for name, value in values.items():
            expected.setdefault(name, []).append(float(value))
    return {"labels": labels.tolist(), "predictions": scores.tolist(), "weights": weights.tolist(), "expected": expected}


def ranking(tied):
    labels, scores, groups, parts = [], [], [], {}
    for query in range(25):
        n = int(rng.integers(3, 25))
        relevance = rng.integers(0, 4, n) * (rng.uniform(size=n) < 0.4)
        score = relevance + rng.normal(0, 2, n)
        score = np.round(score) if tied else score
        labels, scores, groups = labels + relevance.tolist(), scores + score.tolist(), groups + [query] * n
        if not relevance.any():
            continue
        order = np.argsort(-score)
        hit = (relevance > 0)[order]
        values = {"ndcg@10": sk.ndcg_score([relevance], [score], k=10)}
        if not tied:
            values["mrr"] = 1 / (1 + np.argmax(hit))
            values["precision@5"] = hit[:5].sum() / 5
            values["recall@10"] = hit[:10].sum() / hit.sum()
            precisions = np.cumsum(hit) / np.arange(1, n + 1)
            values["map@10"] = np.sum((precisions * hit)[:10]) / min(10, hit.sum())
            if n <= 10:
                assert abs(values["map@10"] - sk.average_precision_score(relevance > 0, score)) < 1e-12
        for name, value in values.items():
            parts.setdefault(name, []).append(value)
    expected = {name: [float(np.mean(value))] for name, value in parts.items()}
    return {"labels": labels, "predictions": scores, "groups": groups, "expected": expected}


parts = {"regression": regression(), "classification": classification(), "ranking": ranking(False), "ranking_tied": ranking(True)}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(parts) + "\n")
