# %% [markdown]
# # Compare real and synthetic patients
#
#     vitalcohort evaluate real.h5 synthetic.h5 --holdout holdout.h5 --report page.html --json result.json --figures series.h5
#
# writes every number to JSON and the series behind every figure to HDF5. Here both are read and drawn again.

# %%
import json

import h5py
import matplotlib.pyplot as plt
import numpy as np

from style import REAL, SOFT, SYNTHETIC, data, finish

COLOURS = {"real": REAL, "synthetic": SYNTHETIC}
DASHES = {"real": "-", "synthetic": "--"}

# %% [markdown]
# ## The verdict, and what is not good

# %%
with open(data("result.json")) as file:
    result = json.load(file)
findings = result["findings"]
print("verdict:", result["verdict"])
for finding in sorted(findings, key=lambda f: ["bad", "doubtful", "good", "not measured"].index(f["verdict"])):
    if finding["verdict"] in ["bad", "doubtful"]:
        print(f"{finding['verdict']:9} {finding['title']}: {finding['sentence']}")

# %% [markdown]
# ## Every number against its floor
#
# The floor is what real patients score against real patients. Each row is scaled by its own floor: 0 is the mean of
# the floor, the grey field reaches to the ends of its 99.9 % interval.

# %%
rows = [f for f in findings if f.get("floor") and f.get("value") is not None]
figure, axis = plt.subplots(figsize=(8, 0.21 * len(rows) + 1.2))
marks = {"good": ("o", "#0b6e63"), "doubtful": ("^", "#8a5a00"), "bad": ("s", "#b3261e")}
for place, finding in enumerate(reversed(rows)):
    floor = finding["floor"]
    width = max(floor["interval"]["high"] - floor["mean"], floor["mean"] - floor["interval"]["low"], 1e-9)
    scaled = lambda x: np.clip((x - floor["mean"]) / width, -4, 4)
    axis.barh(place, 2, left=-1, height=0.55, color="#cfd6dd")
    marker, colour = marks[finding["verdict"]]
    axis.plot(scaled(finding["value"]), place, marker=marker, color=colour, markersize=5)
    if finding.get("interval"):
        axis.plot([scaled(finding["interval"]["low"]), scaled(finding["interval"]["high"])], [place] * 2, color=colour)
axis.axvline(0, color=SOFT, linewidth=0.8)
axis.set_ylim(-1, len(rows))
axis.set_yticks(range(len(rows)), [f["title"][:46] for f in reversed(rows)], fontsize=7)
axis.set_xlabel("distance from the mean of the floor, in half-widths of its interval (cut at ±4)")
finish(figure, "2_floors")

# %% [markdown]
# ## The series behind the figures
#
# One group for each figure, in it one for each curve, named by its role.

# %%
with h5py.File(data("series.h5")) as series:
    stems = {name: (list(group) if "name" not in group.attrs else [""]) for name, group in series.items()}
    for name, members in stems.items():
        print(f"{name:20} {len(members):3}  {', '.join(m for m in members[:8] if m)}")

# %%
def draw(axis, group):
    """A figure of the report, from its numbers."""
    for name, curve in group.items():
        role = curve.attrs["role"]
        if "y" not in curve or role not in COLOURS:
            continue
        x, y = curve["x"][:], curve["y"][:]
        if group.attrs["form"] == "histogram":
            axis.stairs(y, x, color=COLOURS[role], linestyle=DASHES[role])
        else:
            axis.plot(x, y, color=COLOURS[role], linestyle=DASHES[role], linewidth=1.2)
        if "low" in curve:
            axis.fill_between(x, curve["low"][:], curve["high"][:], color=COLOURS[role], alpha=0.12, linewidth=0)
    axis.set_title(group.attrs["title"], loc="left", fontsize=8)
    axis.set_xlabel(group.attrs["x_label"])


with h5py.File(data("series.h5")) as series:
    for stem in ["marginal", "fan", "autocorrelation"]:
        if stem not in series:
            continue
        members = list(series[stem].values())[:8]
        figure, axes = plt.subplots(2, 4, figsize=(10, 4.4))
        for axis in axes.flat[len(members):]:
            axis.set_axis_off()
        for axis, group in zip(axes.flat, members):
            draw(axis, group)
        finish(figure, f"2_{stem}")
