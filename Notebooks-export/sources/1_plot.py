# %% [markdown]
# # Plot a synthetic cohort
#
# A cohort file opens with h5py, xarray, or any other reader of HDF5 or netCDF. Each channel is one variable with the
# axes patient and time; what is missing, or beyond the end of a stay, is NaN.

# %%
import warnings

import h5py
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from style import SYNTHETIC, data, finish

# %% [markdown]
# ## What is in the file

# %%
with h5py.File(data("synthetic.h5")) as file:
    for name in file.attrs["channels"]:
        channel = file[name]
        print(f"{name:6} {channel.shape}  {channel.attrs['units']:7}  {channel.attrs['long_name']}")
    print("made by", file.attrs["title"], "with seed", file.attrs["seed"])

# %% [markdown]
# ## One patient as on a monitor

# %%
cohort = xr.open_dataset(data("synthetic.h5"), engine="h5netcdf")
channels = list(cohort.attrs["channels"])
hours = cohort.time.values / 3600
longest = int(np.argmax(cohort.length.values))

figure, axes = plt.subplots(len(channels), 1, sharex=True, figsize=(8, 1.05 * len(channels)))
for axis, name in zip(axes, channels):
    axis.plot(hours, cohort[name][longest], color=SYNTHETIC, marker=".", markersize=3, linewidth=1.1)
    axis.set_ylabel(f"{name}\n{cohort[name].attrs['units']}", rotation=0, ha="right", va="center")
axes[-1].set_xlabel("time since admission [h]")
axes[0].set_title(f"Patient {cohort.patient.values[longest]}", loc="left")
finish(figure, "1_patient")

# %% [markdown]
# ## The cohort over time
#
# Median and the middle 50 and 90 % of the patients who are still there.

# %%
figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharex=True)
for axis, name in zip(axes.flat, channels):
    with warnings.catch_warnings(action="ignore"):  # of hours without any value
        low, lower, middle, upper, high = np.nanpercentile(cohort[name], [5, 25, 50, 75, 95], axis=0)
    axis.fill_between(hours, low, high, color=SYNTHETIC, alpha=0.15, linewidth=0)
    axis.fill_between(hours, lower, upper, color=SYNTHETIC, alpha=0.25, linewidth=0)
    axis.plot(hours, middle, color=SYNTHETIC)
    axis.set_title(f"{name} [{cohort[name].attrs['units']}]", loc="left")
for axis in axes.flat[len(channels):]:
    axis.set_axis_off()
for axis in axes[-1]:
    axis.set_xlabel("time [h]")
finish(figure, "1_cohort")

# %% [markdown]
# ## Who they are

# %%
table = cohort[["age", "weight", "sex", "death"]].to_dataframe().astype(float)
for name in ["sex", "death"]:
    table[name] = [cohort[name].attrs["labels"][int(v)] if v == v else None for v in table[name]]
print(table.groupby(["sex", "death"]).agg(patients=("age", "size"), age=("age", "mean"), weight=("weight", "mean")).round(1))
