# %% [markdown]
# # Train on synthetic patients, test on real ones
#
# The use that matters most: a model is developed on synthetic patients, and then meets real ones it has never seen.
# The task is to tell from the first 24 hours who will die. Three models are tested on the same hold-out patients:
# one learnt from real patients, one from synthetic ones, one from both.

# %%
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score, roc_curve

from style import HOLDOUT, REAL, SOFT, SYNTHETIC, data, finish

HOURS = 24


def features(name):
    """Mean, spread, extremes, last value and share observed of each channel's first day, and age, sex and weight."""
    cohort = xr.open_dataset(data(name), engine="h5netcdf")
    columns = []
    with np.errstate(all="ignore"):
        for channel in cohort.attrs["channels"]:
            values = cohort[channel].values[:, :HOURS]
            known = np.isfinite(values)
            counts = known.sum(1)
            mean = np.where(known, values, 0).sum(1) / np.where(counts == 0, np.nan, counts)
            spread = np.sqrt(np.where(known, (values - mean[:, None]) ** 2, 0).sum(1) / np.where(counts == 0, np.nan, counts))
            low = np.where(counts == 0, np.nan, np.where(known, values, np.inf).min(1))
            high = np.where(counts == 0, np.nan, np.where(known, values, -np.inf).max(1))
            place = known.shape[1] - 1 - known[:, ::-1].argmax(1)
            columns += [mean, spread, low, high, values[np.arange(len(values)), place], known.mean(1)]
    columns += [cohort[name].values for name in ["age", "sex", "weight"]]
    label = cohort["death"].values
    keep = np.isfinite(label)
    return np.stack(columns, 1)[keep], label[keep].astype(int)


train = {"real": features("real.h5"), "synthetic": features("synthetic.h5")}
train["both"] = tuple(np.concatenate(pair) for pair in zip(train["real"], train["synthetic"]))
test_x, test_y = features("holdout.h5")
for name, (x, y) in [*train.items(), ("hold-out", (test_x, test_y))]:
    print(f"{name:9} {len(y):5} patients, {y.mean():.1%} died")

# %% [markdown]
# ## How well each does on the hold-out patients
#
# The interval comes from drawing the hold-out patients again 1,000 times.

# %%
def fit(x, y):
    model = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=1.0, random_state=0)
    return model.fit(x, y)


scores = {name: fit(*pair).predict_proba(test_x)[:, 1] for name, pair in train.items()}
draws = [np.random.default_rng(k).integers(0, len(test_y), len(test_y)) for k in range(1000)]
draws = [d for d in draws if 0 < test_y[d].sum() < len(d)]
intervals = {}
for name, score in scores.items():
    low, high = np.percentile([roc_auc_score(test_y[d], score[d]) for d in draws], [2.5, 97.5])
    intervals[name] = (roc_auc_score(test_y, score), low, high)
    print(f"learnt from {name:9}  AUROC {intervals[name][0]:.3f} [{low:.3f}, {high:.3f}]")
loss = np.percentile([roc_auc_score(test_y[d], scores["synthetic"][d]) - roc_auc_score(test_y[d], scores["real"][d]) for d in draws], [2.5, 97.5])
print(f"synthetic minus real: {intervals['synthetic'][0] - intervals['real'][0]:+.3f} [{loss[0]:+.3f}, {loss[1]:+.3f}]")

# %%
colours = {"real": REAL, "synthetic": SYNTHETIC, "both": HOLDOUT}
dashes = {"real": "-", "synthetic": "--", "both": ":"}
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=[1, 1.1])
for name, score in scores.items():
    x, y, _ = roc_curve(test_y, score)
    left.plot(x, y, color=colours[name], linestyle=dashes[name], label=f"learnt from {name}")
left.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8)
left.set_xlabel("false positive rate")
left.set_ylabel("true positive rate")
left.legend(loc="lower right")
for place, (name, (value, low, high)) in enumerate(reversed(intervals.items())):
    right.plot([low, high], [place, place], color=colours[name], linewidth=2)
    right.plot(value, place, marker={"real": "o", "synthetic": "^", "both": "s"}[name], color=colours[name], markersize=8)
right.axvline(0.5, color=SOFT, linewidth=0.8)
right.set_yticks(range(len(intervals)), [f"learnt from {n}" for n in reversed(intervals)])
right.set_ylim(-0.6, len(intervals) - 0.4)
right.set_xlabel("AUROC on real hold-out patients, 95 % interval")
finish(figure, "4_auroc")
