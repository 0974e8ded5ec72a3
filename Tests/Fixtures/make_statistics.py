"""Writes statistics.h5: what NumPy and SciPy compute, for the tests of the closed-form statistics.

    pip install numpy scipy h5py
    python make_statistics.py

Two small cohorts of windows, real and synthetic, complete and with gaps; all in Float64 from values that
Float32 holds exactly. Shapes: N windows, T time steps, C channels.

/complete, /gappy
    real [N,T,C], synthetic [M,T,C]
    skewness, kurtosis          mean over channels of the differences without sign
    wasserstein [C]             scipy.stats.wasserstein_distance over the real standard deviation (n - 1)
    autocorrelation [C]         root of the summed squares of the differences at lags 1 ... T - 1
    correlational               of all windows, without drawing
    cross [2,lags,C,C]          real and synthetic correlations of channel i with channel j `lag` steps later
/complete
    histogram                   mean over steps 1 ... and channels, and 50 bins, of density differences
    spectrum [2,C,T // 2]       mean periodograms, Hann taper at half samples, in squares of the real deviation
/gappy
    spectrum [2,C,L]            Fourier transform of the autocovariance from squared differences of observed
                                pairs, Parzen's window, L = T // 2 lags
"""

import h5py
import numpy as np
from scipy import stats

LAGS = [0, 1, 2, 3, 6]


def windows(rng, count, steps, coupling, memory):
    """Three channels around 80, 5 and -200: two that follow each other, one skewed."""
    x = np.zeros((count, steps, 3))
    level = rng.normal(size=count)
    for t in range(steps):
        level = memory * level + np.sqrt(1 - memory**2) * rng.normal(size=count)
        x[:, t, 0] = 80 + 12 * level
        x[:, t, 1] = 5 + coupling * level + rng.normal(size=count)
        x[:, t, 2] = -200 + 30 * np.exp(0.5 * rng.normal(size=count))
    return x.astype(np.float32).astype(np.float64)


def autocorrelation(x, lags):
    mean, variance = np.nanmean(x), np.nanvar(x)
    return np.array([np.nanmean((x[:, k:] - mean) * (x[:, :-k] - mean)) / variance for k in range(1, lags + 1)])


def correlations(x, lag):
    z = (x - np.nanmean(x, (0, 1))) / np.nanstd(x, (0, 1), ddof=1)
    first, second = z[:, : z.shape[1] - lag], z[:, lag:]
    return np.nanmean(first[..., :, None] * second[..., None, :], (0, 1))


def histogram(a, b):
    low, high = a.min((0, 1)), a.max((0, 1))
    a, b = (a - low) / (high - low), (b - low) / (high - low)
    differences = []
    for t in range(1, a.shape[1]):
        for c in range(a.shape[2]):
            edges = np.linspace(a[:, t, c].min(), a[:, t, c].max(), 51)
            width = edges[1] - edges[0]
            p = np.histogram(a[:, t, c], edges)[0] / len(a) / width
            q = np.histogram(b[:, t, c], edges)[0] / len(b) / width
            differences.append(np.abs(p - q).mean())
    return np.mean(differences)


def periodogram(x, deviation):
    steps = x.shape[1]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(steps) + 0.5) / steps)
    z = (x - x.mean(1, keepdims=True)) / deviation * taper
    return (np.abs(np.fft.rfft(z, axis=1)[:, 1:]) ** 2 / (taper**2).sum()).mean(0)


def observed_spectrum(x, deviation, lags):
    z = x / deviation
    variance = np.nanvar(z)
    k = np.arange(1, lags + 1)
    covariance = np.array([variance - np.nanmean((z[:, i:] - z[:, :-i]) ** 2) / 2 for i in k])
    parzen = np.where(k / lags <= 0.5, 1 - 6 * (k / lags) ** 2 * (1 - k / lags), 2 * (1 - k / lags) ** 3)
    turns = np.cos(2 * np.pi * np.outer(k, k) / (2 * lags))
    return np.maximum(0, variance + 2 * turns @ (parzen * covariance))


def write(group, a, b):
    channels, steps = a.shape[2], a.shape[1]
    flat = lambda x, c: x[..., c][~np.isnan(x[..., c])]
    deviation = np.nanstd(a, (0, 1), ddof=1)

    def shape(x, c):
        v = flat(x, c) - flat(x, c).mean()
        return (v**3).mean() / v.std(ddof=1) ** 3, stats.kurtosis(v)

    shapes = np.array([[np.abs(np.subtract(shape(a, c), shape(b, c)))] for c in range(channels)])
    skewness, kurtosis = shapes.mean((0, 1))
    cross = np.array([[correlations(x, lag) for lag in LAGS] for x in (a, b)])
    lower = np.tril_indices(channels)
    values = {
        "skewness": skewness,
        "kurtosis": kurtosis,
        "wasserstein": [stats.wasserstein_distance(flat(a, c), flat(b, c)) / deviation[c] for c in range(channels)],
        "autocorrelation": [
            np.linalg.norm(autocorrelation(a[..., c], steps - 1) - autocorrelation(b[..., c], steps - 1))
            for c in range(channels)
        ],
        "correlational": np.abs(cross[0, 0] - cross[1, 0])[lower].sum() / 10,
        "cross": cross,
    }
    if np.isnan(a).any():
        values["spectrum"] = [
            [observed_spectrum(x[..., c], deviation[c], steps // 2) for c in range(channels)] for x in (a, b)
        ]
    else:
        values["spectrum"] = [[periodogram(x[..., c], deviation[c]) for c in range(channels)] for x in (a, b)]
        values["histogram"] = histogram(a, b)
    group.create_dataset("real", data=a.astype(np.float32))
    group.create_dataset("synthetic", data=b.astype(np.float32))
    for name, value in values.items():
        group.create_dataset(name, data=np.atleast_1d(np.asarray(value, dtype=np.float64)))


def main():
    rng = np.random.default_rng(5)
    real, synthetic = windows(rng, 50, 12, 2.0, 0.9), windows(rng, 40, 12, 1.0, 0.7)
    with h5py.File("statistics.h5", "w") as file:
        write(file.create_group("complete"), real, synthetic)
        for x in (real, synthetic):
            x[rng.random(x.shape) < 0.2] = np.nan
        write(file.create_group("gappy"), real, synthetic)


if __name__ == "__main__":
    main()
