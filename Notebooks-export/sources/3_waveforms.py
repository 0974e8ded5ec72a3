# %% [markdown]
# # Waveforms
#
# Fast signals beside slow ones: a file may hold an ECG, a pressure and a plethysmogram at 125 Hz together with vital
# signs once a second. Here simulated patients are drawn as strips, beats are found, and heart rates counted from
# three signals are compared.

# %%
import h5py
import matplotlib.pyplot as plt
import numpy as np

from style import HOLDOUT, REAL, SYNTHETIC, data, finish

# Lead II of the ECG, the arterial pressure, the plethysmogram.
COLOURS = {"II": HOLDOUT, "ABP": SYNTHETIC, "Pleth": REAL}

with h5py.File(data("waves.h5")) as file:
    waves = {name: file[name][:] for name in COLOURS if name in file}
    rates = {name: float(file[name].attrs["sampling_rate_hz"]) for name in waves}
    units = {name: file[name].attrs["units"] for name in waves}
for name, values in waves.items():
    print(f"{name:5}  {values.shape[0]} patients, {values.shape[1] / rates[name]:.0f} s at {rates[name]:g} Hz")

# %% [markdown]
# ## Ten seconds of three patients

# %%
patients = 3
figure, axes = plt.subplots(len(waves), patients, figsize=(11, 1.5 * len(waves)), sharex=True, sharey="row")
for row, (name, values) in zip(axes, waves.items()):
    count = int(10 * rates[name])
    for patient, axis in enumerate(row):
        axis.plot(np.arange(count) / rates[name], values[patient, :count], color=COLOURS[name], linewidth=0.9)
    row[0].set_ylabel(f"{name}\n{units[name]}", rotation=0, ha="right", va="center")
for patient in range(patients):
    axes[0, patient].set_title(f"Patient {patient + 1}", loc="left")
    axes[-1, patient].set_xlabel("time [s]")
finish(figure, "3_strips")

# %% [markdown]
# ## Beats, and what they say of each other
#
# A beat is a local maximum above half of the strip's range that is no nearer than 0.3 s to a greater one. The three
# signals of one patient must count the same heart.

# %%
def beats(values, rate):
    """Times of beats in seconds."""
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [2, 99.5])
    places = np.flatnonzero((values[1:-1] >= values[:-2]) & (values[1:-1] > values[2:])) + 1
    places = places[values[places] > low + 0.5 * (high - low)]
    kept = []
    for place in places[np.argsort(-values[places], kind="stable")]:
        if all(abs(place - other) > 0.3 * rate for other in kept):
            kept.append(place)
    return np.sort(kept) / rate


def heart_rate(values, rate):
    times = beats(values, rate)
    return 60 / np.median(np.diff(times)) if len(times) > 2 else np.nan


counted = {name: np.array([heart_rate(v, rates[name]) for v in values]) for name, values in waves.items()}
first = next(iter(counted))
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for name in list(counted)[1:]:
    axes[0].plot(counted[first], counted[name], "o", color=COLOURS[name], alpha=0.7, markersize=4, label=name)
    print(f"{name} against {first}: median difference {np.nanmedian(np.abs(counted[name] - counted[first])):.2f} beats/min")
limits = [np.nanmin(counted[first]) - 3, np.nanmax(counted[first]) + 3]
axes[0].plot(limits, limits, color="#6f7985", linewidth=0.8)
axes[0].set_xlabel(f"heart rate from {first} [/min]")
axes[0].set_ylabel("from the other signals [/min]")
axes[0].legend()
intervals = np.concatenate([np.diff(beats(v, rates[first])) for v in waves[first]])
axes[1].hist(intervals, bins=np.arange(0.3, 1.6, 0.025), color=COLOURS[first], alpha=0.6)
axes[1].set_xlabel(f"interval between beats in {first} [s]")
axes[1].set_ylabel("beats")
finish(figure, "3_beats")
