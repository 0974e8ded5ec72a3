#!/usr/bin/env python3
"""Writes learners.h5: areas under curves, a forest and a logistic regression as scikit-learn has them.

    python3 make_learners.py        needs numpy, scikit-learn and h5py

Nothing here is measured data: all is drawn from the seed below.
"""
from pathlib import Path

import h5py
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

rng = np.random.default_rng(5)
with h5py.File(Path(__file__).parent / "learners.h5", "w") as file:
    # Scores with ties and weights that are whole numbers, as in a resample.
    labels = rng.random(300) < 0.3
    scores = np.round(rng.normal(size=300) + 0.8 * labels, 1)
    weights = rng.poisson(1.0, 300)
    curves = file.create_group("curves")
    curves["scores"] = scores.astype("f4")
    curves["labels"] = labels.astype("f4")
    curves["weights"] = weights.astype("f4")
    curves["auroc"] = [roc_auc_score(labels, scores), roc_auc_score(labels, scores, sample_weight=weights)]
    curves["auprc"] = [
        average_precision_score(labels, scores),
        average_precision_score(labels, scores, sample_weight=weights),
    ]

    # An interaction that no single feature shows, beside a plain effect and noise.
    def draw(count):
        x = rng.normal(size=(count, 8)).astype("f4")
        logit = 1.2 * x[:, 0] + 2.0 * np.sign(x[:, 1] * x[:, 2])
        return x, rng.random(count) < 1 / (1 + np.exp(-logit))

    x, y = draw(500)
    tx, ty = draw(500)
    forest = file.create_group("forest")
    forest["x"], forest["y"], forest["test_x"], forest["test_y"] = x, y.astype("f4"), tx, ty.astype("f4")
    forest["auroc"] = [
        roc_auc_score(
            ty,
            RandomForestClassifier(100, min_samples_leaf=3, max_depth=16, random_state=seed)
            .fit(x, y).predict_proba(tx)[:, 1],
        )
        for seed in range(20)
    ]

    penalty = 0.1
    model = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=10000).fit(x.astype("f8"), y)
    p = model.predict_proba(x.astype("f8"))[:, 1]
    design = np.hstack([x.astype("f8"), np.ones((len(x), 1))])
    information = design.T @ (design * (p * (1 - p))[:, None])
    information[np.arange(8), np.arange(8)] += penalty
    logistic = file.create_group("logistic")
    logistic["effects"] = model.coef_[0]
    logistic["intercept"] = model.intercept_
    logistic["errors"] = np.sqrt(np.diag(np.linalg.inv(information)))[:8]
