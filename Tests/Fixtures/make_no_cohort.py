#!/usr/bin/env python3
"""Writes Tests/Fixtures/no_cohort: files that hold no patients. Each must be refused in a sentence by every command.

Needs h5py and numpy (.venv/bin/python).
"""
import os, shutil

import h5py
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "no_cohort")
shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
rng = np.random.default_rng(1)


def new(name):
    return h5py.File(os.path.join(FOLDER, name), "w")


# a network's weights, as Keras keeps them
with new("weights_keras.h5") as f:
    f.attrs["keras_version"] = "3.3.3"
    f.attrs["model_config"] = "{}"
    for layer, (i, o) in {"dense": (8, 16), "dense_1": (16, 4)}.items():
        g = f.create_group(f"model_weights/{layer}/{layer}")
        g["kernel:0"], g["bias:0"] = rng.normal(size=(i, o)).astype("f4"), np.zeros(o, "f4")

# the same as a flat state of tensors
with new("weights_state.h5") as f:
    for name, shape in {"gru.weight_ih_l0": (24, 6), "gru.weight_hh_l0": (24, 8), "gru.bias_ih_l0": (24,),
                        "head.weight": (6, 8), "head.bias": (6,)}.items():
        f[name] = rng.normal(size=shape).astype("f4")

# a table of results
with new("results.h5") as f:
    kind = np.dtype([("method", "S12"), ("fold", "i4"), ("auroc", "f8"), ("auprc", "f8")])
    f["scores"] = np.array([(m, k, 0.8 + k / 100, 0.4) for m in (b"gru", b"forest") for k in range(5)], kind)

# pictures
with new("images.h5") as f:
    f["images"] = rng.integers(0, 255, (6, 16, 16, 3)).astype("u1")
    f["images"].attrs["CLASS"] = np.bytes_("IMAGE")
    f["labels"] = np.arange(6)

# a grid of a simulation
with new("simulation.h5") as f:
    f["pressure"] = rng.normal(size=(8, 8, 8, 5))
    f["velocity"] = rng.normal(size=(8, 8, 8, 5, 3))
    f["x"], f["y"], f["z"] = np.arange(8.0), np.arange(8.0), np.arange(8.0)

# groups without anything in them
with new("empty_groups.h5") as f:
    for p in range(5):
        f.create_group(f"patient_{p}")

# nothing at all
with new("empty.h5") as f:
    pass

# the figures of a report: curves of two lengths
with new("figures.h5") as f:
    for name, n in (("roc", 41), ("calibration", 11)):
        f[f"figures/{name}/x"], f[f"figures/{name}/y"] = np.linspace(0, 1, n), np.linspace(0, 1, n) ** 0.5
    f["figures/roc"].attrs["title"] = "ROC"

# settings: single numbers and texts
with new("settings.h5") as f:
    f["learning_rate"], f["epochs"], f["name"] = 1e-3, 20, "run 7"

# one matrix of correlations between named things
with new("correlations.h5") as f:
    f["correlation"] = np.corrcoef(rng.normal(size=(12, 40)))
    f["correlation"].attrs["title"] = "rank correlations"
