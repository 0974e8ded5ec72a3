"""Writes one small file per layout, and layouts.json with what a reader must find in each.

usage: .venv/bin/python Tests/Fixtures/make_layouts.py      needs h5py, xarray, h5netcdf, pandas and tables

Value t of channel c of patient p is base(c) + p + t / 4, and missing where (p + t + c) % 5 == 4, unless said otherwise.
All are exact in float32. Names, shapes and types differ from file to file on purpose.
"""
import json
import os
import warnings

import h5py
import numpy as np
import pandas as pd
import xarray as xr

warnings.filterwarnings("ignore", module="tables")  # names of attributes that are no Python names
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "layouts")
os.makedirs(FOLDER, exist_ok=True)
for old in os.listdir(FOLDER):
    os.remove(os.path.join(FOLDER, old))
cases = []


def value(p, c, t):
    return np.nan if (p + t + c) % 5 == 4 else 60 + 20 * c + p + t / 4


def stay(p, steps, channels):
    """[T, C]"""
    return np.array([[value(p, c, t) for c in range(channels)] for t in range(steps)], "f4").reshape(steps, channels)


def cube(n, t, c):
    return np.stack([stay(p, t, c) for p in range(n)])


def path(name):
    return os.path.join(FOLDER, name)


def new(name, **more):
    return h5py.File(path(name), "w", **more)


def plain(values):
    return [None if np.isnan(v) else float(v) for v in np.asarray(values, "f8").ravel()]


def expect(name, layout, channels, patients, units=None, rates=None, start=0, options=None, statics=None, stored=None,
           starts=None):
    """patients: {id: [T, C] or a list of one series per channel}; rates in Hz, one or one per channel."""
    many = isinstance(rates, (list, tuple))
    cases.append({
        "file": name, "layout": layout, "options": options or {},
        "channels": [{"name": c, "unit": units[i] if units else None, "rate": rates[i] if many else rates}
                     for i, c in enumerate(channels)],
        "patients": [{"id": k, "start": start if np.isscalar(start) else start[i],
                      "series": [plain(s) for s in (v.T if isinstance(v, np.ndarray) else v)]}
                     for i, (k, v) in enumerate(patients.items())],
        "stored": stored, "starts": starts, "statics": statics or {}})


def refuse(name, words, options=None):
    cases.append({"file": name, "options": options or {}, "error": words})


def ids(n, form="p{:04}", first=1):
    return [form.format(p + first) for p in range(n)]


# --- arrays

with new("array_minutes.h5") as f:
    f["signals"] = cube(3, 6, 2)
    f["signals"].attrs["features"] = json.dumps(["HR", "SpO2"])
    f["signals"].attrs["units"] = ["bpm", "%"]
    f["stay_id"] = np.array([b"a1", b"b2", b"c3"])
    f["time"] = np.arange(0, 30, 5, dtype="i2")
    f["time"].attrs["units"] = "minutes since admission"
    f["static/age"] = np.array([50, 60.5, 70], "f4")
expect("array_minutes.h5", "array", ["HR", "SpO2"], {k: stay(p, 6, 2) for p, k in enumerate(["a1", "b2", "c3"])},
       ["bpm", "%"], 1 / 300, statics={"age": [50, 60.5, 70]})

with new("array_channels_first.h5") as f:
    f["x"] = cube(4, 9, 3).transpose(0, 2, 1).astype(">f8")
    f["x"].attrs["dims"] = "patient,channel,time"
expect("array_channels_first.h5", "array", ["ch0", "ch1", "ch2"], {k: stay(p, 9, 3) for p, k in enumerate(ids(4))})

with new("array_observed_mask.h5") as f:
    v = cube(3, 5, 2)
    f["data"] = np.nan_to_num(v, nan=0).astype("f2")
    f["observed"] = (~np.isnan(v)).astype("u1")
expect("array_observed_mask.h5", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(3))})

with new("array_missing_mask.h5") as f:
    v = cube(3, 5, 2)
    f["data"] = np.nan_to_num(v, nan=-1)
    f["missing"] = np.isnan(v)
expect("array_missing_mask.h5", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(3))})

with new("array_packed_integers.h5") as f:
    v = cube(2, 5, 2)
    f["data"] = np.where(np.isnan(v), -999, (v - 20) * 4).astype(">i2")
    f["data"].attrs["scale_factor"] = np.array([0.25])
    f["data"].attrs["add_offset"] = 20.0
    f["data"].attrs["_FillValue"] = np.array([-999], ">i2")
expect("array_packed_integers.h5", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(2))})

with new("two_splits.h5") as f:
    f["dev/x"], f["eval/x"] = cube(3, 4, 2), cube(2, 4, 2)
refuse("two_splits.h5", "/eval/x")
expect("two_splits.h5", "array", ["ch0", "ch1"], {k: stay(p, 4, 2) for p, k in enumerate(ids(2))},
       options={"path": "/eval/x"})

with new("series.h5") as f:
    f["monitor"] = stay(0, 12, 3)
    f["monitor"].attrs["columns"] = ["HR", "RR", "Temp"]
    f.attrs["fs"] = 0.5
expect("series.h5", "series", ["HR", "RR", "Temp"], {"series": stay(0, 12, 3)}, rates=0.5)

with new("r_reversed.h5") as f:
    v = cube(4, 6, 2)
    f["obs"] = np.where(np.isnan(v), -2147483648, np.nan_to_num(v) * 4).astype("i4").transpose(2, 1, 0)
    f["obs"].attrs["rhdf5-NA.OK"] = np.array([1], "i4")
    f["channels"], f["patients"] = np.array([b"HR", b"MAP"]), np.array([b"r1", b"r2", b"r3", b"r4"])
expect("r_reversed.h5", "array", ["HR", "MAP"], {f"r{p + 1}": stay(p, 6, 2) * 4 for p in range(4)})

# --- groups

with new("groups_matrix.h5") as f:
    for p, steps in enumerate([4, 1, 7]):
        g = f.create_group(f"cohort/stay {p}")
        g["vitals"] = stay(p, steps, 2)
        g["t"] = np.arange(steps) * 30.0 + 60 * p
        g["t"].attrs["units"] = "s"
        g.attrs["sex"] = "FMF"[p]
    f["cohort"].attrs["channels"] = "HR,SpO2"
expect("groups_matrix.h5", "groups", ["HR", "SpO2"], {f"stay {p}": stay(p, n, 2) for p, n in enumerate([4, 1, 7])},
       rates=1 / 30, start=[0, 60, 120], statics={"sex": [0, 1, 0]})

with new("groups_channels_first.h5") as f:
    for p, steps in enumerate([6, 9]):
        f[f"subj{p}/signals"] = stay(p, steps, 3).T
        f[f"subj{p}"].attrs["dt"] = 0.25
expect("groups_channels_first.h5", "groups", ["ch0", "ch1", "ch2"], {f"subj{p}": stay(p, n, 3) for p, n in enumerate([6, 9])},
       rates=4.0)

with new("groups_own_rates.h5") as f:
    for p in range(2):
        for c, (name, rate, unit) in enumerate([("ECG", 8.0, "mV"), ("MAP", 0.5, "mmHg")]):
            d = f.create_dataset(f"{p + 7}/{name}", data=stay(p, 16 if c == 0 else 5, 2)[:, c])
            d.attrs["sampling_rate"], d.attrs["unit"] = rate, unit
expect("groups_own_rates.h5", "groups", ["ECG", "MAP"],
       {f"{p + 7}": [stay(p, 16, 2)[:, 0], stay(p, 5, 2)[:, 1]] for p in range(2)}, ["mV", "mmHg"], [8.0, 0.5])

with new("groups_device_tracks.h5") as f:
    for p in range(2):
        d = f.create_dataset(f"case_{p}/Solar8000/HR", data=stay(p, 6, 2)[:, 0])
        d.attrs["srate"] = 1.0
        d = f.create_dataset(f"case_{p}/SNUADC/ART", data=stay(p, 20, 2)[:, 1])
        d.attrs["srate"], d.attrs["unit"] = 100.0, "mmHg"
expect("groups_device_tracks.h5", "groups", ["SNUADC/ART", "Solar8000/HR"],
       {f"case_{p}": [stay(p, 20, 2)[:, 1], stay(p, 6, 2)[:, 0]] for p in range(2)}, ["mmHg", None], [100.0, 1.0])

with new("groups_two_rates_of_one_name.h5") as f:
    for p, rate in enumerate([125.0, 250.0]):
        d = f.create_dataset(f"records/r{p}/II", data=stay(p, 8, 1)[:, 0])
        d.attrs["fs"], d.attrs["units"] = rate, "mV"
expect("groups_two_rates_of_one_name.h5", "groups", ["II (125 Hz)", "II (250 Hz)"],
       {"r0": [stay(0, 8, 1), []], "r1": [[], stay(1, 8, 1)]}, ["mV", "mV"], [125.0, 250.0])

# --- packed rows

lengths = [3, 0, 5]
rows = np.concatenate([stay(p, n, 2) for p, n in enumerate(lengths)])
packed = {k: stay(p, lengths[p], 2) for p, k in enumerate(["x", "y", "z"])}
with new("packed_bounds.h5") as f:
    f["measurements"], f["bounds"] = rows, np.array([0, 3, 3, 8], "u4")
    f["pid"] = np.array([b"x", b"y", b"z"])
    f["columns"] = np.array([b"HR", b"RR"])
expect("packed_bounds.h5", "ragged", ["HR", "RR"], packed)
with new("packed_lengths.h5") as f:
    f["measurements"], f["n_samples"] = rows, np.array(lengths, "i2")
    f["pid"] = np.array([b"x", b"y", b"z"])
expect("packed_lengths.h5", "ragged", ["ch0", "ch1"], packed)

with new("windows.h5") as f:
    f["data/columns"] = np.array([b"HR", b"SpO2"])
    for split, first in [("train", 0), ("val", 2)]:
        stays = [stay(p, 4 + p, 2) for p in (first, first + 1)]
        f[f"data/{split}"] = np.concatenate(stays).astype("f8")
        ends = np.cumsum([0] + [len(s) for s in stays])
        f[f"patient_windows/{split}"] = np.array([[ends[i], ends[i + 1], 900 + first + i] for i in range(2)], "i8")
        f[f"labels/{split}"] = np.zeros((ends[-1], 1))
refuse("windows.h5", "/data/val")
expect("windows.h5", "windows", ["HR", "SpO2"], {f"{900 + p}": stay(p, 4 + p, 2) for p in (2, 3)}, rates=1 / 300,
       options={"path": "/data/val"})

with new("lists.h5") as f:
    f["names"] = np.array([b"HR", b"RR", b"MAP"])
    d = f.create_dataset("stays", (2, 3), dtype=h5py.vlen_dtype("f8"))
    for p, n in enumerate([4, 6]):
        for c in range(3):
            d[p, c] = stay(p, n, 3)[:, c]
expect("lists.h5", "lists", ["HR", "RR", "MAP"], {k: stay(p, [4, 6][p], 3) for p, k in enumerate(ids(2))})

with new("lists_per_channel.h5") as f:
    for c, name in enumerate(["HR", "MAP"]):
        d = f.create_dataset(name, (3,), dtype=h5py.vlen_dtype("i4"))
        d.attrs["missing_value"] = -9
        for p in range(3):
            v = stay(p, 2 + p, 2)[:, c] * 4
            d[p] = np.where(np.isnan(v), -9, np.nan_to_num(v)).astype("i4")
expect("lists_per_channel.h5", "lists", ["HR", "MAP"], {k: stay(p, 2 + p, 2) * 4 for p, k in enumerate(ids(3))})

with new("lists_with_times.h5") as f:
    for c, name in enumerate(["HR", "MAP", "time"]):
        d = f.create_dataset(name, (2,), dtype=h5py.vlen_dtype("f8"))
        for p in range(2):
            d[p] = np.arange(4 + p) * 30.0 + 60 * p if name == "time" else stay(p, 4 + p, 2)[:, c]
    f["time"].attrs["units"] = "s"
expect("lists_with_times.h5", "lists", ["HR", "MAP"], {k: stay(p, 4 + p, 2) for p, k in enumerate(ids(2))}, rates=1 / 30,
       start=[0, 60])

# --- tables

long = [(p, t, c, value(p, c, t)) for p in range(3) for t in range(4) for c in range(2) if not np.isnan(value(p, c, t))]
names = ["HR", "Temp"]


def gridded(p, steps, channels=2):
    """What a long table can tell: the grid ends with the last time that has a value."""
    v = stay(p, steps, channels)
    seen = np.where(~np.isnan(v).all(axis=1))[0]
    return v[seen[0]:seen[-1] + 1]


with new("records_long.h5") as f:
    kind = np.dtype([("subject", "i4"), ("offset", "i8"), ("label", "S8"), ("reading", "f8"), ("uom", "S6")])
    unit = {0: b"bpm", 1: b"degC"}
    f["obs"] = np.array([(p + 10, t * 15, names[c].encode(), v, unit[c]) for p, t, c, v in long], kind)
    f["obs"].attrs["time_units"] = "min"
expect("records_long.h5", "records", names, {f"{p + 10}": gridded(p, 4) for p in range(3)}, ["bpm", "degC"], 1 / 900)

with new("records_wide.h5") as f:
    kind = np.dtype([("stay_id", "S4"), ("hours_in", "f4"), ("HR", "f4"), ("MAP", "f4"), ("sex", "S1")])
    shuffled = [(p, t) for t in (2, 0, 3, 1) for p in (1, 0)]
    f["frame"] = np.array([(f"s{p}".encode(), t, *stay(p, 4, 2)[t], b"FM"[p:p + 1]) for p, t in shuffled], kind)
expect("records_wide.h5", "records", ["HR", "MAP"], {f"s{p}": stay(p, 4, 2) for p in range(2)}, rates=1 / 3600,
       statics={"sex": [0, 1]})

with new("records_named_by_enumeration.h5") as f:
    kind = np.dtype([("patient", "u4"), ("minute", "u2"), ("which", h5py.enum_dtype({"HR": 2, "Temp": 7}, "u1")), ("x", "f4")])
    f["log/rows"] = np.array([(p, t, [2, 7][c], v) for p, t, c, v in long], kind)
expect("records_named_by_enumeration.h5", "records", names, {f"{p}": gridded(p, 4) for p in range(3)}, rates=1 / 60)

with new("columns_codes_from_one.h5") as f:
    f["who"] = np.array([p for p, *_ in long], "u2")
    f["when"] = np.array([t * 2.0 for _, t, *_ in long])
    f["when"].attrs["units"] = "s"
    f["what"] = np.array([c + 1 for _, _, c, _ in long], "u1")
    f["how_much"] = np.array([v for *_, v in long], "f4")
    f["channels"], f["units"] = np.array([b"HR", b"Temp"]), np.array([b"bpm", b"degC"])
expect("columns_codes_from_one.h5", "columns", names, {f"{p}": gridded(p, 4) for p in range(3)}, ["bpm", "degC"], 0.5,
       options={"patient": "who", "time": "/when", "item": "what", "value": "how_much"})

with new("columns_dates.h5") as f:
    text = h5py.string_dtype()
    f["t/encounter_id"] = np.array([f"e{p}" for p, *_ in long], dtype=object).astype(text)
    f["t/charttime"] = np.array([f"2130-01-{5 + p:02} {t:02}:00:00" for p, t, *_ in long], dtype=object).astype(text)
    f["t/item"] = np.array([names[c] for _, _, c, _ in long], dtype=object).astype(text)
    f["t/valuenum"] = np.array([v for *_, v in long])
expect("columns_dates.h5", "columns", names, {f"e{p}": gridded(p, 4) for p in range(3)}, rates=1 / 3600)

with new("events.h5") as f:
    f["event_offsets"] = np.cumsum([0] + [sum(q == p for q, *_ in long) for p in range(3)])
    f["minutes"] = np.array([t * 10 for _, t, *_ in long], "i4")
    f["code"] = np.array([c for _, _, c, _ in long], "i1")
    f["val"] = np.array([v for *_, v in long], "f4")
    f["variables"], f["ids"] = np.array([b"HR", b"Temp"]), np.array([5, 6, 7])
expect("events.h5", "events", names, {f"{p + 5}": gridded(p, 4) for p in range(3)}, rates=1 / 600)

with new("events_uneven.h5") as f:
    f["offsets"] = np.array([0, 5])
    f["time"] = np.array([0, 31, 65, 70, 160], "f8")
    f["time"].attrs["units"] = "min"
    f["item"], f["value"] = np.zeros(5, "i4"), np.array([80, 81, 82, 84, 85], "f4")
    f["names"] = np.array([b"HR"])
# the median distance is 34 min: a grid of 30 min, the mean of 82 and 84 in one cell
expect("events_uneven.h5", "events", ["HR"], {"p0001": [[80, 81, 83, np.nan, np.nan, 85]]}, rates=1 / 1800)
expect("events_uneven.h5", "events", ["HR"], {"p0001": [[81.75, np.nan, 85]]}, rates=1 / 3600,
       options={"rate": 1 / 3600})
cases[-1]["patients"][0]["series"] = [[80.5, 83, 85]]

# --- pandas


def index(n, steps):
    keys = [(100 + p, 5000 + p, t) for p in range(n) for t in range(steps)]
    return pd.MultiIndex.from_tuples(keys, names=["subject_id", "icustay_id", "hours_in"])


frame = pd.DataFrame(np.concatenate([stay(p, 5, 3) for p in range(3)]).astype("f8"), index=index(3, 5),
                     columns=["heart rate", "lactate", "spo2"])
statics = pd.DataFrame({"icustay_id": [5002, 5000, 5001], "age": [72.0, 70.0, 71.0], "gender": ["F", "M", "F"],
                        "mort_icu": [1, 0, 0]})
with pd.HDFStore(path("pandas_fixed.h5"), "w") as s:
    s.put("chart/hourly", frame.astype({"lactate": "f4"}), track_times=False)
    s.put("who", statics, format="table", data_columns=["icustay_id"], index=False, track_times=False)
expect("pandas_fixed.h5", "pandas", list(frame.columns), {f"{5000 + p}": stay(p, 5, 3) for p in range(3)},
       rates=1 / 3600, statics={"age": [70, 71, 72], "mort_icu": [0, 0, 1]})

means = frame.copy()
means.columns = pd.MultiIndex.from_product([frame.columns, ["mean"]], names=["LEVEL2", "Aggregation Function"])
counts = pd.concat({"count": frame.notna().astype("f8"), "mean": frame}, axis=1).swaplevel(axis=1)
with pd.HDFStore(path("pandas_mimic_extract.h5"), "w") as s:
    s.put("vitals_labs", counts, track_times=False)
    s.put("vitals_labs_mean", means, track_times=False)
    s.put("interventions", frame.notna().astype("i8"), track_times=False)
expect("pandas_mimic_extract.h5", "pandas", list(frame.columns), {f"{5000 + p}": stay(p, 5, 3) for p in range(3)},
       rates=1 / 3600)

wide = frame.reset_index().drop(columns="subject_id")
wide["ventilated"] = 1
with pd.HDFStore(path("pandas_table_wide.h5"), "w") as s:
    s.put("df", wide.sample(frac=1, random_state=3), format="table", data_columns=["icustay_id"], index=False, track_times=False)
expect("pandas_table_wide.h5", "pandas", list(frame.columns) + ["ventilated"],
       {f"{5000 + p}": np.column_stack([stay(p, 5, 3), np.ones(5)]) for p in range(3)}, rates=1 / 3600)

dates = pd.DataFrame([(f"q{p}", pd.Timestamp("2130-03-01") + pd.Timedelta(minutes=p * 999 + t), names[c], v)
                      for p, t, c, v in long], columns=["stay", "measured", "parameter", "valuenum"])
with pd.HDFStore(path("pandas_table_long.h5"), "w") as s:
    s.put("obs", dates, format="table", data_columns=True, index=False, track_times=False)
expect("pandas_table_long.h5", "pandas", names, {f"q{p}": gridded(p, 4) for p in range(3)}, rates=1 / 60,
       options={"patient": "stay"})

labelled = pd.DataFrame([(f"q{p}", t, names[c], v) for p, t, c, v in long], columns=["stay_id", "hours", "vital", "value"])
with pd.HDFStore(path("pandas_categories.h5"), "w") as s:
    s.put("obs", labelled.astype({"vital": "category"}), format="table", data_columns=True, index=False, track_times=False)
expect("pandas_categories.h5", "pandas", names, {f"q{p}": gridded(p, 4) for p in range(3)}, rates=1 / 3600)

# --- netCDF


def netcdf(name, data, **encoding):
    data.to_netcdf(path(name), engine="h5netcdf", encoding=encoding)


rag = xr.Dataset(
    {"pulse": ("row", rows[:, 0], {"units": "bpm"}), "abp": ("row", rows[:, 1]),
     "row_size": ("stay", lengths, {"sample_dimension": "row"}),
     "time": ("row", np.concatenate([np.arange(n) * 10.0 + 3 for n in lengths]), {"units": "minutes since 2101-05-01"}),
     "stay_name": ("stay", ["x", "y", "z"], {"cf_role": "timeseries_id"}), "age": ("stay", [20.0, 30.0, 40.0])})
code = {"dtype": "i2", "scale_factor": 0.25, "_FillValue": -1}
netcdf("cf_contiguous.nc", rag, pulse=code, abp=code)
expect("cf_contiguous.nc", "netcdf", ["pulse", "abp"], packed, ["bpm", None], 1 / 600, statics={"age": [20, 30, 40]})

order = [5, 0, 3, 7, 1, 6, 2, 4]
owner = np.repeat(np.arange(3), lengths)
netcdf("cf_indexed.nc", xr.Dataset(
    {"pulse": ("obs", rows[order, 0]), "abp": ("obs", rows[order, 1]),
     "station": ("obs", owner[order], {"instance_dimension": "patient"}),
     "clock": ("obs", np.concatenate([np.arange(n) for n in lengths])[order],
               {"units": "hours since 2101-05-01", "standard_name": "time"}),
     "name": ("patient", ["x", "y", "z"], {"cf_role": "timeseries_id"})}))
expect("cf_indexed.nc", "netcdf", ["pulse", "abp"], packed, rates=1 / 3600)

v = cube(3, 5, 2)
netcdf("netcdf_variables.nc", xr.Dataset(
    {"HR": (("time", "patient"), v[:, :, 0].T, {"units": "bpm"}), "MAP": (("time", "patient"), v[:, :, 1].T)},
    coords={"time": ("time", np.arange(5) * 60.0, {"units": "s"}), "patient": ["i", "j", "k"]}))
expect("netcdf_variables.nc", "netcdf", ["HR", "MAP"], {k: stay(p, 5, 2) for p, k in enumerate("ijk")}, ["bpm", None], 1 / 60)

netcdf("netcdf_cube.nc", xr.Dataset(
    {"vitals": (("hour", "feature", "stay"), v.transpose(1, 2, 0))},
    coords={"hour": ("hour", np.arange(5), {"units": "h"}), "feature": ["HR", "MAP"], "stay": [11, 12, 13]}))
expect("netcdf_cube.nc", "array", ["HR", "MAP"], {f"{11 + p}": stay(p, 5, 2) for p in range(3)}, rates=1 / 3600)

netcdf("netcdf_without_coordinates.nc", xr.Dataset({"vitals": (("channel", "time", "patient"), v.transpose(2, 1, 0))}))
expect("netcdf_without_coordinates.nc", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(3))})

netcdf("netcdf_hours.nc", xr.Dataset(
    {"vitals": (("stay_id", "hours", "vital"), v)},
    coords={"stay_id": ["a", "b", "c"], "hours": np.arange(5.0), "vital": ["HR", "MAP"]}))
expect("netcdf_hours.nc", "array", ["HR", "MAP"], {k: stay(p, 5, 2) for p, k in enumerate("abc")}, rates=1 / 3600)

# --- MATLAB


def matlab(name):
    f = h5py.File(path(name), "w", userblock_size=512, libver="earliest")
    f.create_group("#refs#")
    return f


def sign(name):
    with open(path(name), "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, made by a test".ljust(124) + b"\x00\x02IM")


def put(f, where, array, kind="double"):
    f[where] = array
    f[where].attrs["MATLAB_class"] = np.bytes_(kind)
    if kind == "char":
        f[where].attrs["MATLAB_int_decode"] = np.int32(2)


def cell(f, items, kind="double"):
    out = []
    for item in items:
        where = f"#refs#/i{len(f['#refs#'])}"
        put(f, where, item, kind)
        out.append(f[where].ref)
    return np.array(out, h5py.ref_dtype)


def text(words):
    return np.array([[ord(letter)] for letter in words], "u2")


with matlab("matlab_cells.mat") as f:
    put(f, "Recordings", cell(f, [stay(p, 6 + p, 3).astype("f8") for p in range(3)])[:, None], "cell")
sign("matlab_cells.mat")
expect("matlab_cells.mat", "matlab", ["PPG", "ABP", "ECG"], {k: stay(p, 6 + p, 3) for p, k in enumerate(ids(3))},
       rates=125.0, options={"channels": ["PPG", "ABP", "ECG"], "rate": 125})

with matlab("matlab_windows.mat") as f:
    f.create_group("Wins").attrs["MATLAB_class"] = np.bytes_("struct")
    # windows of 0.5 s at 8 Hz; subject B has a gap of one window
    order = [("A", 0), ("B", 0), ("A", 1), ("B", 2)]
    times = [np.arange(4) / 8 + 0.5 * w for _, w in order]
    f["Wins/PPG"] = cell(f, [np.full((1, 4), 10.0 * i) for i in range(4)])[None]
    f["Wins/ECG"] = cell(f, [np.full((1, 4), 0.5 + i) for i in range(4)])[None]
    f["Wins/T"] = cell(f, [t[None] for t in times])[None]
    f["Wins/SubjectID"] = cell(f, [text(s) for s, _ in order], "char")[None]
    f["Wins/Age"] = cell(f, [np.array([[33.0 if s == "A" else 44.0]]) for s, _ in order])[None]
    f["Wins/Peaks"] = cell(f, [np.ones((1, 2 + i)) for i in range(4)])[None]
sign("matlab_windows.mat")
gap = [np.nan] * 4
expect("matlab_windows.mat", "matlab", ["ECG", "PPG"],
       {"A": [[.5] * 4 + [2.5] * 4, [0] * 4 + [20] * 4], "B": [[1.5] * 4 + gap + [3.5] * 4, [10] * 4 + gap + [30] * 4]},
       rates=8.0, statics={"Age": [33, 44]}, stored=[8, 8])

with matlab("matlab_stack.mat") as f:
    f.create_group("Set").attrs["MATLAB_class"] = np.bytes_("struct")
    put(f, "Set/Signals", cube(5, 9, 2).astype("f8").transpose(1, 2, 0))
    put(f, "Set/Age", np.arange(5.0)[None] + 60)
    put(f, "Set/SBP", np.arange(5.0)[None] + 110)
    put(f, "Set/None", np.zeros(2, "u8"))
    f["Set/None"].attrs["MATLAB_empty"] = np.uint8(1)
sign("matlab_stack.mat")
expect("matlab_stack.mat", "array", ["ECG", "PPG"], {k: stay(p, 9, 2) for p, k in enumerate(ids(5))},
       options={"channels": ["ECG", "PPG"]}, statics={"Age": [60, 61, 62, 63, 64], "SBP": [110, 111, 112, 113, 114]})

with matlab("matlab_vectors.mat") as f:
    put(f, "ecg", stay(0, 10, 2)[:, :1].astype("f8"))
    put(f, "abp", stay(0, 10, 2)[:, 1:].astype("f8"))
    put(f, "fs", np.array([[250.0]]))
sign("matlab_vectors.mat")
expect("matlab_vectors.mat", "matlab", ["abp", "ecg"], {"matlab_vectors": stay(0, 10, 2)[:, ::-1]}, rates=250.0)

# --- monitors

with new("prevent.hdf5") as f:
    f["Events/Global_Times"] = np.array([[1000 * t] for t in range(100)], "i8") + 1_500_000_000_000
    def signal(where, data, time, scale, period, readings, label, unit, columns="timestamp (ms)", **more):
        g = f.create_group(where)
        g["data"], g["time"] = data, np.array(time, "i8")[:, None]
        g["data"].attrs.update({"Scale": np.int32(scale), "Missing Value Marker": np.int32(-32768), **more})
        g.attrs.update({"Readings Per Sample": np.int32(readings), "Sample Period (ms)": np.int32(period),
                        "Data Label": label, "Unit of Measure": unit})
        g["time"].attrs["Columns"] = columns
    begin = 1_500_000_000_000
    signal("VitalSigns/SPO2pct", np.array([[97, 1], [98, 1], [-32768, 0], [96, 1]], "i2"), [2, 4, 6, 10], 0, 2000, 1,
           "SPO2-%", "%", columns="index to Global_Times")
    signal("Waveforms/II", np.arange(12, dtype="i2")[:, None] * 5, [begin, begin + 1000, begin + 4000], 1, 1000, 4, "II", "mV")
    signal("Waveforms/V", np.arange(8, dtype="i4")[:, None] * 4 - 8, [begin, begin + 1000], 0, 1000, 4, "V", "mV",
           **{"wfdb-gain": 8.0, "wfdb-baseline": np.int32(-8)})
wave = list(np.arange(12) / 2)
expect("prevent.hdf5", "prevent", ["SPO2-%", "II", "V"],
       {"prevent": [[97, 98, np.nan, np.nan, 96], wave[:8] + [np.nan] * 8 + wave[8:], list(np.arange(8) / 2)]},
       ["%", "mV", "mV"], [0.5, 4.0, 4.0], stored=[4, 12, 8])
cases[-1]["starts"] = [2, 0, 0]

with new("icmplus.hdf5") as f:
    kind = np.dtype([("startidx", "u8"), ("starttime", "u8"), ("length", "u8"), ("frequency", "f8")])
    begin = 1_400_000_000_000_000
    f["waves/icp"] = np.arange(12, dtype="f4")
    f["waves/icp"].attrs["units"] = np.array(["mmHg"], dtype=object).astype(h5py.string_dtype())
    f["waves/icp.index"] = np.array([(0, begin, 4, 2.0), (4, begin, 2, 0.0), (6, begin + 4_000_000, 6, 2.0)], kind)
    f["numerics/pto2"] = np.array([20, 21, 22], "f4")
    f["numerics/pto2.index"] = np.array([(0, begin, 2, 1.0), (2, begin + 4_000_000, 1, 0.5)], kind)
    f["numerics/pto2.quality"] = np.array([(begin, 0)], np.dtype([("time", "u8"), ("value", "u4")]))
expect("icmplus.hdf5", "icmplus", ["pto2", "icp"],
       {"icmplus": [[20, 21, np.nan, np.nan, 22], [0, 1, 2, 3] + [np.nan] * 4 + list(range(6, 12))]},
       [None, "mmHg"], [1.0, 2.0], stored=[3, 10])

with new("moberg.h5") as f:
    begin = 1_404_820_301_000_000
    f["Trends/HR_na"] = np.array([70, 71, 72, 73], "f4")
    f["Trends/HR_na_Timestamps"] = begin + np.array([0, 1, 2, 5], "i8") * 1_000_000
    f["Waveforms/ICP_na"] = np.arange(6, dtype="f4")
    f["Waveforms/ICP_na_Timestamps"] = begin + (np.arange(6) * 1e6 / 120).astype("i8")
    f["Waveforms/ICP_na"].attrs["units"] = "mmHg"
expect("moberg.h5", "moberg", ["HR_na", "ICP_na"],
       {"moberg": [[70, 71, 72, np.nan, np.nan, 73], list(range(6))]}, [None, "mmHg"], [1.0, 120.0], stored=[4, 6])

with new("ccdef.h5") as f:
    f.attrs[".meta"] = json.dumps({"time_origin": "2116-12-24 12:00:00"})
    kind = np.dtype([("time", "f8"), ("HR", "f4"), ("ABP-S", "i2")])
    f["numerics/vitals"] = np.array([(10 * t, 60 + t, 1000 + 5 * t) for t in range(4)], kind)
    f["numerics/vitals"].attrs[".meta"] = json.dumps({"columns": {
        "time": {"type": "time", "uom": "s"}, "HR": {"uom": "bpm"}, "ABP-S": {"uom": "mmHg", "scale": 0.1}}})
    f["waveforms/ecg"] = np.arange(6, dtype="i2")
    f["waveforms/ecg"].attrs[".meta"] = json.dumps({"sample_rate": 100, "columns": {"ecg": {"uom": "mV", "scale": 0.5, "baseline": 2}}})
    f.create_group("clinical").attrs[".demographics"] = json.dumps({"age": 44.5, "gender": "F"})
expect("ccdef.h5", "ccdef", ["HR", "ABP-S", "ecg"],
       {"ccdef": [[60, 61, 62, 63], [100, 100.5, 101, 101.5], [-1, -.5, 0, .5, 1, 1.5]]}, ["bpm", "mmHg", "mV"], [0.1, 0.1, 100.0],
       statics={"age": [44.5], "gender": [0]})

with new("chorus.hdf5") as f:
    d = f.create_dataset("Waveforms/ABP", data=np.array([0, 8, -32768, 24], "i2"), compression="gzip", shuffle=True)
    d.attrs.update({"gain": 16.0, "baseline": -800, "nanvalue": -32768, "sample_rate": 125.0, "uom": "mmHg", "start_time": 0.0})
expect("chorus.hdf5", "ccdef", ["ABP"], {"chorus": [[50, 50.5, np.nan, 51.5]]}, ["mmHg"], 125.0)

with new("readings.h5") as f:
    for p in range(2):
        for name, times in [("HR", [0, 60, 120, 240]), ("NBP", [30, 750])]:
            g = f.create_group(f"stays/{p}/{name}")
            g["time"], g["value"] = np.array(times, "f8") + 0.5, np.arange(len(times), dtype="f4") + p
            g["time"].attrs["units"] = "seconds since admission"
# HR is even with a gap; NBP is not, and is put on a grid of its median distance of 12 min, rounded down to 10 min
expect("readings.h5", "readings", ["HR", "NBP"],
       {f"{p}": [[p, p + 1, p + 2, np.nan, p + 3], [p, p + 1]] for p in range(2)}, rates=[1 / 60, 1 / 600])
cases[-1]["starts"] = [0.5, 0]
cases[-1]["stored"] = [4, 2]

# --- the same layouts as other tools and other hands write them

with new("array_other_names.h5") as f:
    v = cube(3, 5, 2)
    d = f.create_dataset("X", data=np.round(np.nan_to_num(v) * 4).astype("i2"))
    d.attrs["scale"], d.attrs["sig_name"] = 0.25, ["HR", "MAP"]
    f["X_mask"] = ~np.isnan(v)
    f["stay_ids"] = np.array([7, 8, 9])
expect("array_other_names.h5", "array", ["HR", "MAP"], {f"{7 + p}": stay(p, 5, 2) for p in range(3)})

with new("array_fill_value.h5") as f:
    f["X"] = np.nan_to_num(cube(2, 4, 2), nan=-99)
    f["X"].attrs["fill_value"] = -99.0
    f["X"].attrs["sampling_interval"] = "5 min"
expect("array_fill_value.h5", "array", ["ch0", "ch1"], {k: stay(p, 4, 2) for p, k in enumerate(ids(2))}, rates=1 / 300)

with new("sheets.h5") as f:
    f["windows/ppg"], f["windows/abp"] = cube(4, 6, 2).transpose(2, 0, 1)
    f["windows/abp"].attrs["units"] = "mmHg"
    f["windows/subject"] = np.array([b"a", b"b", b"b", b"c"])
    f["windows"].attrs["fs"] = "125 Hz"
expect("sheets.h5", "sheets", ["abp", "ppg"],
       {k: stay(p, 6, 2)[:, ::-1] for p, k in enumerate(["a/1", "b/1", "b/2", "c/1"])}, ["mmHg", None], 125.0)

with new("sheets_single.h5") as f:
    f["abp"] = cube(3, 8, 1)[:, :, 0].T
    f["case_id"], f.attrs["fs"] = np.array([4, 5, 6]), 50
expect("sheets_single.h5", "sheets", ["abp"], {f"{4 + p}": stay(p, 8, 1) for p in range(3)}, rates=50.0)

with new("packed_starts_and_ends.h5") as f:
    f["measurements"], f["start"], f["end"] = rows, np.array([0, 3, 3]), np.array([3, 3, 8])
expect("packed_starts_and_ends.h5", "ragged", ["ch0", "ch1"], {k: stay(p, lengths[p], 2) for p, k in enumerate(ids(3))})

with new("packed_starts.h5") as f:
    f["measurements"], f["offsets"], f["hadm_id"] = rows, np.array([0, 3, 3]), np.array([b"x", b"y", b"z"])
expect("packed_starts.h5", "ragged", ["ch0", "ch1"], packed)

with new("packed_columns.h5") as f:
    f["HR"], f["RR"], f["indptr"] = rows[:, 0], rows[:, 1], np.array([0, 3, 3, 8])
    f["t"] = np.concatenate([np.arange(n) * 2.0 for n in lengths])
    f["t"].attrs["units"] = "h"
    f["pid"] = np.array([b"x", b"y", b"z"])
expect("packed_columns.h5", "events", ["HR", "RR"], packed, rates=1 / 7200)

with new("lists_flattened.h5") as f:
    d = f.create_dataset("stays", (2,), dtype=h5py.vlen_dtype("f4"))
    for p in range(2):
        d[p] = stay(p, 3 + p, 3).ravel()
    d.attrs["columns"] = ["HR", "RR", "MAP"]
expect("lists_flattened.h5", "lists", ["HR", "RR", "MAP"], {k: stay(p, 3 + p, 3) for p, k in enumerate(ids(2))})

with new("columns_of_a_matrix.h5") as f:
    mixed = [5, 0, 3, 7, 1, 6, 2, 4]
    f["values"] = np.concatenate([stay(0, 3, 2), stay(1, 5, 2)])[mixed]
    f["stay_id"] = np.repeat([31, 32], [3, 5])[mixed]
    f["hours"] = np.concatenate([np.arange(3), np.arange(5)])[mixed]
    f["names"] = np.array([b"HR", b"MAP"])
expect("columns_of_a_matrix.h5", "columns", ["HR", "MAP"], {"31": stay(0, 3, 2), "32": stay(1, 5, 2)}, rates=1 / 3600)

with new("columns_without_times.h5") as f:
    f["subject_id"] = np.repeat([31, 32], [3, 5])
    f["HR"], f["MAP"] = np.concatenate([stay(0, 3, 2), stay(1, 5, 2)]).T
expect("columns_without_times.h5", "columns", ["HR", "MAP"], {"31": stay(0, 3, 2), "32": stay(1, 5, 2)})

with new("columns_unix_times.h5") as f:
    f["patient_id"] = np.array([p for p, *_ in long])
    f["timestamp"] = np.array([1.6e9 + 1e6 * p + 60 * t for p, t, *_ in long])
    f["variable"] = np.array([names[c].encode() for _, _, c, _ in long])
    f["value"] = np.array([v for *_, v in long])
expect("columns_unix_times.h5", "columns", names, {f"{p}": gridded(p, 4) for p in range(3)}, rates=1 / 60)

with new("records_clock.h5") as f:
    kind = np.dtype([("RecordID", "i4"), ("Time", "S6"), ("Parameter", "S8"), ("Value", "f4")])
    f["set_a"] = np.array([(p + 1, f"{t + 23}:30".encode(), names[c].encode(), v) for p, t, c, v in long], kind)
expect("records_clock.h5", "records", names, {f"{p + 1}": gridded(p, 4) for p in range(3)}, rates=1 / 3600, start=84600)

with new("records_eicu.h5") as f:
    kind = np.dtype([("Patient Unit Stay ID", "i4"), ("vitalperiodicid", "i4"), ("observationoffset", "i4"), ("heartrate", "f4")])
    f["vitalperiodic"] = np.array([(p + 900, 10 * p + t, 5 * t, stay(p, 4, 1)[t, 0]) for p in range(2) for t in range(4)], kind)
expect("records_eicu.h5", "records", ["heartrate"], {f"{900 + p}": stay(p, 4, 1) for p in range(2)}, rates=1 / 300)

with new("records_of_one.h5") as f:
    f["vitals"] = np.array([tuple(row) for row in stay(0, 4, 2)], np.dtype([("HR", "f4"), ("MAP", "f4")]))
expect("records_of_one.h5", "records", ["HR", "MAP"], {"records_of_one": stay(0, 4, 2)})

with new("groups_text_times.h5") as f:
    for p in range(2):
        f[f"p{p}/HR"] = stay(p, 4, 1)[:, 0]
        f[f"p{p}/charttime"] = np.array([f"2130-01-01 10:{t:02}:00".encode() for t in range(4)])
expect("groups_text_times.h5", "groups", ["HR"], {f"p{p}": stay(p, 4, 1) for p in range(2)}, rates=1 / 60)

with new("groups_root.h5") as f:
    f["ecg"], f["ppg"], f["ppg"].attrs["unit"] = stay(0, 9, 2)[:, 0], stay(0, 9, 2)[:, 1], "NU"
    f.attrs["fs"] = 100.0
expect("groups_root.h5", "groups", ["ecg", "ppg"], {"/": stay(0, 9, 2)}, [None, "NU"], 100.0)

with new("together_matrices.h5") as f:
    for p in range(3):
        f[f"stay_{p + 8}"] = stay(p, 4 + p, 2)
    f.attrs["columns"] = ["HR", "MAP"]
expect("together_matrices.h5", "series", ["HR", "MAP"], {f"stay_{p}": stay(p - 8, p - 4, 2) for p in (8, 9, 10)})

with new("together_records.h5") as f:
    kind = np.dtype([("minutes", "f4"), ("HR", "f4")])
    for p in range(2):
        f[f"patients/{p + 3}/chart"] = np.array([(t, stay(p, 5, 1)[t, 0]) for t in range(3 + p)], kind)
expect("together_records.h5", "records", ["HR"], {f"{p + 3}": stay(p, 3 + p, 1) for p in range(2)}, rates=1 / 60)

with new("together_not.h5") as f:
    f["part_1"], f["part_2"] = stay(0, 4, 2), stay(1, 4, 2)
refuse("together_not.h5", "/part_2")

series = frame["heart rate"]
with pd.HDFStore(path("pandas_series.h5"), "w") as s:
    s.put("hr", series, track_times=False)
expect("pandas_series.h5", "pandas", ["heart rate"], {f"{5000 + p}": stay(p, 5, 3)[:, :1] for p in range(3)}, rates=1 / 3600)

flags = frame[["heart rate"]].assign(vent=[t % 2 == 0 for t in range(15)]).droplevel("subject_id")
whole = {f"{5000 + p}": np.column_stack([stay(p, 5, 3)[:, 0], [float((5 * p + t) % 2 == 0) for t in range(5)]]) for p in range(3)}
for name, form in [("pandas_bits_fixed.h5", "fixed"), ("pandas_bits_table.h5", "table")]:
    with pd.HDFStore(path(name), "w") as s:
        s.put("df", flags, format=form, track_times=False, **({"index": False} if form == "table" else {}))
    expect(name, "pandas", ["heart rate", "vent"], whole, rates=1 / 3600)

with pd.HDFStore(path("pandas_category_block.h5"), "w") as s:
    s.put("obs", labelled.astype({"vital": pd.CategoricalDtype(["Temp", "HR", "RR"])}), format="table", index=False, track_times=False)
expect("pandas_category_block.h5", "pandas", names, {f"q{p}": gridded(p, 4) for p in range(3)}, rates=1 / 3600)

unnamed = pd.concat({f"x{p}": pd.DataFrame(stay(p, 4, 2).astype("f8"), columns=["HR", "MAP"]) for p in range(3)})
with pd.HDFStore(path("pandas_unnamed_levels.h5"), "w") as s:
    s.put("df", unnamed, track_times=False)
expect("pandas_unnamed_levels.h5", "pandas", ["HR", "MAP"], {f"x{p}": stay(p, 4, 2) for p in range(3)})

with pd.HDFStore(path("pandas_patient_keys.h5"), "w") as s:
    for p in range(2):
        s.put(f"stays/p{p + 1}", pd.DataFrame(stay(p, 4 + p, 2).astype("f8"), columns=["HR", "MAP"],
                                              index=pd.date_range("2130-01-01", periods=4 + p, freq="min")), track_times=False)
expect("pandas_patient_keys.h5", "pandas", ["HR", "MAP"], {f"p{p + 1}": stay(p, 4 + p, 2) for p in range(2)}, rates=1 / 60)

mixed = wide[["hours_in", "lactate"]].assign(bed=wide["icustay_id"].astype(str) + "b")
with pd.HDFStore(path("pandas_nobody.h5"), "w") as s:
    s.put("df", mixed, format="table", index=False, track_times=False)
refuse("pandas_nobody.h5", "no column that is known to say whose they are")
expect("pandas_nobody.h5", "pandas", ["lactate"], {f"{5000 + p}b": stay(p, 5, 3)[:, 1:2] for p in range(3)}, rates=1 / 3600,
       options={"patient": "bed"})

v = cube(2, 6, 1)
limited = np.nan_to_num((v[:, :, 0] - 50) * 4, nan=-1)
limited[0, 1], limited[1, 2] = 3000, -700
netcdf("netcdf_valid_range.nc", xr.Dataset(
    {"HR": (("patient", "time"), limited.astype("i2"),
            {"scale_factor": 0.25, "add_offset": 50.0, "valid_range": np.array([-500, 2000], "i2"), "_FillValue": np.int16(-1)}),
     "Temp": (("patient", "time"), np.array([[36, 37, -5, 38, 39, 99]] * 2, "f4"), {"valid_min": np.float32(0), "valid_max": np.float32(50)}),
     "patient_id": ("patient", np.array([b"A01", b"B02"]))}), patient_id={"dtype": "S1"})
v[0, 1], v[1, 2] = np.nan, np.nan
temp = [36, 37, np.nan, 38, 39, np.nan]
expect("netcdf_valid_range.nc", "netcdf", ["HR", "Temp"], {k: [v[p, :, 0], temp] for p, k in enumerate(["A01", "B02"])})

with matlab("matlab_struct_matrices.mat") as f:
    f.create_group("stays").attrs["MATLAB_class"] = np.bytes_("struct")
    f["stays/data"] = cell(f, [stay(p, 4 + p, 2).T.astype("f8") for p in range(3)])[:, None]
    f["stays/stay_id"] = cell(f, [np.array([[70.0 + p]]) for p in range(3)])[:, None]
    f["stays/notes"] = cell(f, [text("none") for p in range(3)], "char")[:, None]
    put(f, "channels", cell(f, [text("HR"), text("MAP")], "char")[:, None], "cell")
sign("matlab_struct_matrices.mat")
expect("matlab_struct_matrices.mat", "matlab", ["HR", "MAP"], {f"{70 + p}": stay(p, 4 + p, 2) for p in range(3)})

with matlab("matlab_cell_structs.mat") as f:
    structs = []
    for p in range(2):
        g = f.create_group(f"#refs#/s{p}")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        for c, name in enumerate(["ABP", "PPG"]):
            put(f, f"#refs#/s{p}/{name}", stay(p, 5 + p, 2)[None, :, c].astype("f8"))
        put(f, f"#refs#/s{p}/SubjectID", text(f"S{p}"), "char")
        structs.append(g.ref)
    put(f, "all", np.array(structs, h5py.ref_dtype)[None], "cell")
sign("matlab_cell_structs.mat")
expect("matlab_cell_structs.mat", "matlab", ["ABP", "PPG"], {f"S{p}": stay(p, 5 + p, 2) for p in range(2)})

with new("groups_columns_of_one.h5") as f:
    for p in range(2):
        for c, name in enumerate(["abp", "ecg"]):
            f[f"p{p}/{name}"] = stay(p, 5 + p, 2)[:, c:c + 1]
        f[f"p{p}"].attrs["SamplingFrequency"] = 250
expect("groups_columns_of_one.h5", "groups", ["abp", "ecg"], {f"p{p}": stay(p, 5 + p, 2) for p in range(2)}, rates=250.0)

with new("packed_rows_with_ids.h5") as f:
    f["values"], f["lengths"] = np.concatenate([stay(0, 3, 2), stay(1, 5, 2)]), np.array([3, 5])
    f["stay_id"] = np.repeat([31, 32], [3, 5])
    f["timestamps"] = np.concatenate([1.6e9 + np.arange(3) * 60, 1.7e9 + np.arange(5) * 60])
expect("packed_rows_with_ids.h5", "ragged", ["ch0", "ch1"], {"31": stay(0, 3, 2), "32": stay(1, 5, 2)}, rates=1 / 60)

with new("records_texts_for_values.h5") as f:
    kind = np.dtype([("stay_id", "i4"), ("hours", "i4"), ("item", "S6"), ("value", "S8")])
    f["chart"] = np.array([(p, t, names[c].encode(), f"{v}".encode()) for p, t, c, v in long], kind)
expect("records_texts_for_values.h5", "records", names, {f"{p}": gridded(p, 4) for p in range(3)}, rates=1 / 3600)

with new("records_texts_and_values.h5") as f:
    kind = np.dtype([("stay_id", "i4"), ("hours", "i4"), ("itemid", "i4"), ("value", "S8"), ("valuenum", "f8")])
    f["chartevents"] = np.array([(p, t, 220 + c, b"see note", v) for p, t, c, v in long], kind)
    f["d_items"] = np.array([(221, b"Temp"), (225, b"RR"), (220, b"HR")], np.dtype([("itemid", "i4"), ("label", "S8")]))
expect("records_texts_and_values.h5", "records", names, {f"{p}": gridded(p, 4) for p in range(3)}, rates=1 / 3600)

with new("records_arrays.h5") as f:
    kind = np.dtype([("stay_id", "i4"), ("hour", "i4"), ("vitals", "f4", (2,))])
    f["rows"] = np.array([(p, t, np.nan_to_num(stay(p, 4, 2)[t], nan=-9)) for p in range(2) for t in range(4)], kind)
    f["rows"].attrs["channels"], f["rows"].attrs["_FillValue"] = "HR;MAP", -9.0
expect("records_arrays.h5", "records", ["HR", "MAP"], {f"{p}": stay(p, 4, 2) for p in range(2)}, rates=1 / 3600)

with new("array_times_per_patient.h5") as f:
    f["x"] = cube(3, 5, 2)
    f["time"] = 1000.0 * np.arange(3)[:, None] + 30 * np.arange(5)
    f["time"].attrs["units"] = "s"
expect("array_times_per_patient.h5", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(3))}, rates=1 / 30)

with new("array_mask_of_present.h5") as f:
    f["X"], f["missing_mask"] = cube(3, 5, 2), (~np.isnan(cube(3, 5, 2))).astype("f4")
expect("array_mask_of_present.h5", "array", ["ch0", "ch1"], {k: stay(p, 5, 2) for p, k in enumerate(ids(3))})

with new("array_unsigned.h5") as f:
    f["X"] = np.array([[[100], [-106]], [[-1], [7]]], "i1")
    f["X"].attrs["_Unsigned"], f["X"].attrs["_FillValue"] = "true", np.int8(-1)
expect("array_unsigned.h5", "array", ["ch0"], {"p0001": [[100, 150]], "p0002": [[np.nan, 7]]})

with new("series_of_features.h5") as f:
    f["features"], f["patient_id"] = stay(0, 6, 4), np.arange(6)
refuse("series_of_features.h5", "/features [6, 4] has a row for each entry of /patient_id")

with new("together_stays.h5") as f:
    for who, stays in [("subject_1", [1, 2]), ("subject_2", [1])]:
        for s in stays:
            f[f"{who}/stay_{s}/vitals"] = stay(s, 3 + s, 2)
expect("together_stays.h5", "groups", ["ch0", "ch1"],
       {f"subject_{w}/stay_{s}": stay(s, 3 + s, 2) for w, s in [(1, 1), (1, 2), (2, 1)]})

admitted = wide[["icustay_id", "hours_in", "lactate"]].assign(intime=pd.Timestamp("2130-01-01"))
with pd.HDFStore(path("pandas_intime.h5"), "w") as s:
    s.put("df", admitted, track_times=False)
expect("pandas_intime.h5", "pandas", ["lactate"], {f"{5000 + p}": stay(p, 5, 3)[:, 1:2] for p in range(3)}, rates=1 / 3600)

with matlab("matlab_first_empty.mat") as f:
    f.create_group("P").attrs["MATLAB_class"] = np.bytes_("struct")
    nothing = np.zeros(2, "u8")
    f["P/HR"] = cell(f, [nothing, stay(1, 5, 1).T.astype("f8"), stay(2, 6, 1).T.astype("f8")])[None]
    f["P/patient_id"] = cell(f, [text(f"A{p}") for p in range(3)], "char")[None]
    f[f[f["P/HR"][0, 0]].name].attrs["MATLAB_empty"] = np.uint8(1)
sign("matlab_first_empty.mat")
expect("matlab_first_empty.mat", "matlab", ["HR"], {"A0": [[]], "A1": stay(1, 5, 1), "A2": stay(2, 6, 1)})

# --- stays and their persons: 20 subjects with three stays each, a round of stays after the other; PersonsTests read them

signs = ["HR", "MAP"]
visits = [(p, 1000 + 100 * p + s, t, c, 60 + 20 * c + p + s / 4 + (t * (p + 3) + s * c) % 7)
          for s in range(3) for p in range(20) for t in range(6) for c in range(2)]
with new("subjects_long.h5") as f:
    kind = np.dtype([("subject_id", "i4"), ("stay_id", "i4"), ("hours", "f4"), ("label", "S4"), ("valuenum", "f4")])
    f["chartevents"] = np.array([(100 + p, stay_id, t, signs[c].encode(), v) for p, stay_id, t, c, v in visits], kind)
rows = pd.DataFrame([(100 + p, stay_id, float(t), signs[c], v) for p, stay_id, t, c, v in visits],
                    columns=["subject_id", "stay_id", "hours", "label", "value"])
wide = rows.pivot(index=["subject_id", "stay_id", "hours"], columns="label", values="value").reset_index()
wide.columns.name = None
with pd.HDFStore(path("subjects_pandas.h5"), "w") as s:
    s.put("vitals", wide, format="table", data_columns=True, index=False, track_times=False)

# --- MATLAB: exports of recorders, structs within structs, facts of each entry, objects


def lines(texts):
    """The rows of a char matrix, which MATLAB stores letter by letter."""
    width = max(map(len, texts))
    return np.array([[ord(t.ljust(width)[k]) for t in texts] for k in range(width)], "u2")


def labchart(name, data, starts, ends, rates, titles, kind="double", **more):
    """Tables as `[blocks, channels]`; blocktimes in days."""
    with matlab(name) as f:
        put(f, "data", np.asarray(data)[:, None], kind)
        for key, table in {"datastart": starts, "dataend": ends, "samplerate": rates, **more}.items():
            if key == "unittext":
                put(f, key, lines(table), "char")
            else:
                put(f, key, np.array(table, "f8"))
        put(f, "titles", lines(titles), "char")
        put(f, "com", np.array([[1.0], [1], [5], [1], [1]]))
        put(f, "comtext", lines(["calibrated"]), "char")
    sign(name)


day = 739000.5
labchart("labchart.mat", np.arange(17.0), [[1, 9], [13, -1], [17, -1]], [[8, 12], [16, -1], [17, -1]],
         [[4, 2], [4, 0], [4, 0]], ["ABP", "Temp"], unittext=["mmHg", "C"], unittextmap=[[1, 2], [1, -1], [1, -1]],
         tickrate=[[4], [4], [4]], blocktimes=[[day], [day + 4 / 86400], [day + 6 / 86400]],
         firstsampleoffset=[[0, 0], [0, 0], [0, 0]], rangemin=[[0, 0]] * 3, rangemax=[[200, 200]] * 3)
gap = [np.nan] * 8
expect("labchart.mat", "labchart", ["ABP", "Temp"],
       {"labchart": [[*np.arange(8.0), *gap, *np.arange(12.0, 16), *[np.nan] * 4, 16], np.arange(8.0, 12)]},
       ["mmHg", "C"], [4.0, 2.0], stored=[13, 4])

labchart("labchart_integers.mat", np.arange(-4, 8, dtype="i2"), [[1, 7, -1]], [[6, 12, -1]], [[100, 50, 0]],
         ["Flow", "Flow", "Unused"], "int16", scaleunits=[[0.5, 0.25, 0]], scaleoffset=[[4, -2, 0]],
         unittextmap=[[-1, 1, -1]], unittext=["L/min"], tickrate=[[100]], blocktimes=[[day]],
         firstsampleoffset=[[0, 1, 0]])
expect("labchart_integers.mat", "labchart", ["Flow (channel 1)", "Flow (channel 2)"],
       {"labchart_integers": [np.arange(6) * 0.5, np.arange(6) * 0.25]}, [None, "L/min"], [100.0, 50.0],
       starts=[0, 0.01])

with matlab("acqknowledge.mat") as f:
    put(f, "data", stay(0, 7, 3).T.astype("f8"))
    put(f, "labels", lines(["ECG lead II", "RSP", "ABP"]), "char")
    put(f, "units", lines(["mV", "Volts", "mmHg"]), "char")
    put(f, "isi", np.array([[2.0]]))
    put(f, "isi_units", text("ms"), "char")
    put(f, "start_sample", np.array([[500.0]]))
sign("acqknowledge.mat")
expect("acqknowledge.mat", "acqknowledge", ["ECG lead II", "RSP", "ABP"], {"acqknowledge": stay(0, 7, 3)},
       ["mV", "Volts", "mmHg"], 500.0, start=0.5)

with matlab("acqknowledge_rows.mat") as f:
    # more channels than samples: the labels know
    put(f, "data", stay(0, 3, 4).T.astype("f4"), "single")
    put(f, "labels", cell(f, [text(t) for t in ["HR", "", "HR", "T"]], "char")[None], "cell")
    put(f, "isi", np.array([[1.0]]))
    put(f, "isi_units", text("s"), "char")
sign("acqknowledge_rows.mat")
expect("acqknowledge_rows.mat", "acqknowledge", ["HR (channel 1)", "Channel 2", "HR (channel 3)", "T"],
       {"acqknowledge_rows": stay(0, 3, 4)}, rates=1.0)


def struct(f, **fields):
    where = f"#refs#/s{len(f['#refs#'])}"
    f.create_group(where).attrs["MATLAB_class"] = np.bytes_("struct")
    for key, item in fields.items():
        isText = isinstance(item, str)
        put(f, f"{where}/{key}", text(item) if isText else np.atleast_2d(np.asarray(item, "f8")), "char" if isText else "double")
    return f[where].ref


def array(f, where, **columns):
    """A struct array: a column of references per field."""
    f.create_group(where).attrs["MATLAB_class"] = np.bytes_("struct")
    for key, entries in columns.items():
        f[f"{where}/{key}"] = np.array(entries, h5py.ref_dtype)[:, None]


def single(f, item):
    isText = isinstance(item, str)
    return cell(f, [text(item) if isText else np.atleast_2d(np.asarray(item, "f8"))], "char" if isText else "double")[0]


with matlab("perform.mat") as f:
    array(f, "data",
          ekg=[struct(f, v=stay(p, 8, 1).T, fs=[[8.0]], method="lead II", label="EKG") for p in range(3)],
          ppg=[struct(f, v=stay(p, 4, 2)[None, :, 1], fs=[[4.0]], method="finger") for p in range(3)],
          fix=[struct(f, subj_id=f"{90 + p}", rec_id="r1", af_status=[[p % 2]], age=[[60.0 + p]]) for p in range(3)])
sign("perform.mat")
expect("perform.mat", "matlab", ["ekg", "ppg"], {f"{90 + p}": [stay(p, 8, 1)[:, 0], stay(p, 4, 2)[:, 1]] for p in range(3)},
       rates=[8.0, 4.0], statics={"af_status": [0, 1, 0], "age": [60, 61, 62]})

with matlab("perform_subjects.mat") as f:
    # a subject twice, at two rates of one signal, and a signal that only one entry has
    array(f, "data", abp=[struct(f, v=stay(p, 6, 1).T, fs=[[r]], unit="mmHg") for p, r in enumerate([2.0, 2.0, 4.0])],
          resp=[struct(f, v=stay(0, 3, 1).T, fs=[[1.0]]), struct(f, note="none"), struct(f, note="none")],
          fix=[struct(f, subj_id=s) for s in ["7", "8", "7"]])
sign("perform_subjects.mat")
expect("perform_subjects.mat", "matlab", ["abp (2 Hz)", "resp", "abp (4 Hz)"],
       {"7/1": [stay(0, 6, 1)[:, 0], stay(0, 3, 1)[:, 0], []], "8/2": [stay(1, 6, 1)[:, 0], [], []],
        "7/3": [[], [], stay(2, 6, 1)[:, 0]]}, ["mmHg", None, "mmHg"], [2.0, 1.0, 4.0])

with matlab("matlab_signal_structs.mat") as f:
    f.create_group("d").attrs["MATLAB_class"] = np.bytes_("struct")
    for key, rate, count in [("abp", 4.0, 8), ("icp", 2.0, 4)]:
        f.create_group(f"d/{key}").attrs["MATLAB_class"] = np.bytes_("struct")
        put(f, f"d/{key}/wave", stay(0, count, 1).T.astype("f8"))
        put(f, f"d/{key}/Fs", np.array([[rate]]))
        put(f, f"d/{key}/unit", text("mmHg"), "char")
sign("matlab_signal_structs.mat")
expect("matlab_signal_structs.mat", "matlab", ["abp", "icp"],
       {"matlab_signal_structs": [stay(0, 8, 1)[:, 0], stay(0, 4, 1)[:, 0]]}, ["mmHg", "mmHg"], [4.0, 2.0])

with matlab("matlab_entry_facts.mat") as f:
    # rates of each entry, of each signal by its name, what means missing, and peaks of any number
    array(f, "stays", stay_id=[single(f, 40.0 + p) for p in range(3)], fs=[single(f, r) for r in [2.0, 2.0, 4.0]],
          abp=[single(f, np.nan_to_num(stay(p, 6, 1), nan=-9).T) for p in range(3)],
          ecg=[single(f, stay(p, 12, 1).T) for p in range(3)], fs_ecg=[single(f, 8.0) for p in range(3)],
          missing_value=[single(f, -9.0) for p in range(3)], peaks=[single(f, np.arange(2.0 + p)) for p in range(3)])
sign("matlab_entry_facts.mat")
expect("matlab_entry_facts.mat", "matlab", ["abp (2 Hz)", "ecg", "abp (4 Hz)"],
       {"40": [stay(0, 6, 1)[:, 0], stay(0, 12, 1)[:, 0], []], "41": [stay(1, 6, 1)[:, 0], stay(1, 12, 1)[:, 0], []],
        "42": [[], stay(2, 12, 1)[:, 0], stay(2, 6, 1)[:, 0]]}, rates=[2.0, 8.0, 4.0])

with matlab("matlab_cell_facts.mat") as f:
    # the channels of each cell in its own order, in its own units, at its own rate
    put(f, "signals", cell(f, [stay(0, 5, 2).astype("f8"), stay(1, 6, 3)[:, ::-1].astype("f8")])[:, None], "cell")
    names = [cell(f, [text(t) for t in own], "char")[:, None] for own in [["HR", "MAP"], ["Temp", "MAP", "HR"]]]
    put(f, "names", cell(f, names, "cell")[:, None], "cell")
    put(f, "units", cell(f, [text("bpm,mmHg"), text("C,mmHg,bpm")], "char")[:, None], "cell")
    put(f, "fs", np.array([[1.0, 1.0]]))
sign("matlab_cell_facts.mat")
expect("matlab_cell_facts.mat", "matlab", ["HR", "MAP", "Temp"],
       {"p0001": [*stay(0, 5, 2).T, []], "p0002": stay(1, 6, 3)}, ["bpm", "mmHg", "C"], 1.0)

with matlab("matlab_rates.mat") as f:
    # vectors at the root, and their rates in a struct
    put(f, "ecg", stay(0, 12, 1).T.astype("f8"))
    put(f, "hr", stay(0, 3, 2)[None, :, 1].astype("f8"))
    put(f, "events", np.array([[1.0, 4, 7, 9, 11]]))
    f.create_group("fs").attrs["MATLAB_class"] = np.bytes_("struct")
    put(f, "fs/ecg", np.array([[4.0]]))
    put(f, "fs/hr", np.array([[1.0]]))
sign("matlab_rates.mat")
expect("matlab_rates.mat", "matlab", ["ecg", "hr"], {"matlab_rates": [stay(0, 12, 1)[:, 0], stay(0, 3, 2)[:, 1]]},
       rates=[4.0, 1.0], options={"path": "/"})


def handle(f, where, kind):
    f.require_group("#subsystem#")
    put(f, where, np.array([[3707764736, 2, 1, 1, 1, 1]], "u4"), kind)
    f[where].attrs["MATLAB_object_decode"] = np.int32(3)


with matlab("matlab_object_beside.mat") as f:
    put(f, "vitals", stay(0, 9, 3).T.astype("f8"))
    put(f, "fs", np.array([[2.0]]))
    handle(f, "t", "datetime")
    handle(f, "who", "string")
sign("matlab_object_beside.mat")
expect("matlab_object_beside.mat", "series", ["ch0", "ch1", "ch2"], {"matlab_object_beside": stay(0, 9, 3)}, rates=2.0)

for kind in ["table", "timetable"]:
    with matlab(f"matlab_{kind}.mat") as f:
        handle(f, "T", kind)
        put(f, "#refs#/column", stay(0, 9, 1).T.astype("f8"))
    sign(f"matlab_{kind}.mat")
    refuse(f"matlab_{kind}.mat", f"/T is a MATLAB {kind}, whose values only MATLAB can unpack")

# --- lists of arrays

with new("list_deepdish.h5") as f:
    f.create_group("data").attrs["TITLE"] = np.bytes_("list:12")
    for p in range(12):
        f[f"data/i{p}"] = stay(p, 3 + p % 3, 2).astype("f8")
    f["data"].attrs["CLASS"] = np.bytes_("GROUP")
expect("list_deepdish.h5", "list", ["ch0", "ch1"], {f"i{p}": stay(p, 3 + p % 3, 2) for p in range(12)})

with new("list_numbered.h5") as f:
    # numbers without zeros before them, each with names and a rate of its own
    for p in [2, 10, 1]:
        turned = p == 10
        f[f"x_{p}"] = stay(p, 3 + p, 2)[:, ::-1] if turned else stay(p, 3 + p, 2)
        f[f"x_{p}"].attrs["channels"] = ["MAP", "HR"] if turned else ["HR", "MAP"]
        f[f"x_{p}"].attrs["fs"] = 4.0
    f["age"] = np.array([50.0, 60, 70])
expect("list_numbered.h5", "list", ["HR", "MAP"], {f"x_{p}": stay(p, 3 + p, 2) for p in [1, 2, 10]}, rates=4.0,
       statics={"age": [50, 60, 70]})

# --- times and values in one dataset

with new("pairs_rows.h5") as f:
    f["HR"] = np.stack([np.arange(10.0), stay(0, 10, 1)[:, 0]])
    f["SpO2"] = np.stack([np.arange(5.0) * 2 + 4, stay(0, 5, 2)[:, 1]])
    f["NIBP"] = np.array([[0.0, 300], [118, 120]])
    f["NIBP"].attrs["unit"] = "mmHg"
expect("pairs_rows.h5", "pairs", ["HR", "NIBP", "SpO2"],
       {"pairs_rows": [stay(0, 10, 1)[:, 0], [118, *[np.nan] * 4, 120], stay(0, 5, 2)[:, 1]]}, [None, "mmHg", None],
       [1.0, 1 / 60, 0.5], starts=[0, 0, 4], options={"channels": ["HR", "NIBP", "SpO2"], "rates": {"NIBP": 1 / 60}})

with new("pairs_patients.h5") as f:
    # columns, whole milliseconds since 1970, and a group per patient
    for p in range(2):
        for c, (name, step, count) in enumerate([("HR", 1000, 9), ("RR", 2000, 6)]):
            begin = 1_700_000_000_000 + p * 86_400_000
            f[f"stay_{p}/{name}"] = np.stack([begin + np.arange(count) * step, 60 + p + c * 20 + np.arange(count) % 3], 1)
expect("pairs_patients.h5", "pairs", ["HR", "RR"],
       {f"stay_{p}": [60 + p + np.arange(9.0) % 3, 80 + p + np.arange(6.0) % 3] for p in range(2)}, rates=[1.0, 0.5])

with new("pairs_minutes.h5") as f:
    # one dataset whose names and unit tell
    f["log"] = np.stack([np.array([3.0, 4, 5, 6]), np.array([60, 61, 59, 60.0])], 1)
    f["log"].attrs["columns"] = "time_min,HR"
    f["log"].attrs["units"] = ["min", "bpm"]
expect("pairs_minutes.h5", "pairs", ["HR"], {"pairs_minutes": [[60, 61, 59, 60]]}, ["bpm"], 1 / 60, start=180)

with new("pairs_both_rise.h5") as f:
    f["intake"] = np.stack([np.arange(12.0), np.cumsum(1.0 + np.arange(12) % 3)])
refuse("pairs_both_rise.h5", "/intake [2, 12] could hold times and values, or two channels that both rise")

# --- windows of records

for name in ["segments.h5", "segments_channels.h5"]:
    with new(name) as f:
        for p, rows in [(40, 2), (41, 3)]:
            f[f"a{p}/inputs"] = np.arange(rows * 80, dtype="f4").reshape(rows, 80) / 4 + p
            f[f"a{p}/targets"] = np.arange(rows) % 2
            if name == "segments_channels.h5":
                f[f"a{p}/abp"] = np.arange(rows * 80, dtype="f4").reshape(rows, 80) + p
                f[f"a{p}"].attrs["fs"] = 125.0
refuse("segments.h5", "/a40/inputs [2, 80] would have 80 channels; say which axis is which with --axes: NT")
windows = [(p, r) for p, rows in [(40, 2), (41, 3)] for r in range(rows)]
expect("segments.h5", "segments", ["inputs"], {f"a{p}/{r + 1}": [np.arange(80) / 4 + r * 20 + p] for p, r in windows},
       options={"axes": "NT"}, statics={"targets": [0, 1, 0, 1, 0]})
expect("segments_channels.h5", "segments", ["abp", "inputs"],
       {f"a{p}/{r + 1}": [np.arange(80.0) + r * 80 + p, np.arange(80) / 4 + r * 20 + p] for p, r in windows}, rates=125.0,
       options={"axes": "NT"}, statics={"targets": [0, 1, 0, 1, 0]})

with new("segments_of_one.h5") as f:
    f["beats"] = np.arange(3 * 100, dtype="f4").reshape(3, 100)
refuse("segments_of_one.h5", "/beats [3, 100] would have 100 channels")
expect("segments_of_one.h5", "sheets", ["beats"], {k: [np.arange(100.0) + p * 100] for p, k in enumerate(ids(3))},
       options={"axes": "NT"})

# --- rates by the kind of signal

for name in ["groups_kind_rates.h5", "groups_kind_attributes.h5"]:
    with new(name) as f:
        for p in range(2):
            f[f"event_{p}/ecg/II"], f[f"event_{p}/ppg/PPG"] = stay(p, 8, 1)[:, 0], stay(p, 4, 2)[:, 1]
            f[f"event_{p}/resp_rate"], f[f"event_{p}/ecg/extras"] = 16, "{}"
            f[f"event_{p}"].attrs["condition"] = "AF"
        if name == "groups_kind_rates.h5":
            f["metadata/sampling_rate_ecg"], f["metadata/sampling_rate_ppg"] = 200.0, 100.0
        else:
            f.attrs["ecg_fs"], f.attrs["ppg_fs"] = 200, "100 Hz"
    expect(name, "groups", ["ecg/II", "ppg/PPG"], {f"event_{p}": [stay(p, 8, 1)[:, 0], stay(p, 4, 2)[:, 1]] for p in range(2)},
           rates=[200.0, 100.0], statics={"condition": [0, 0]})

# --- containers of other programs, after their public specifications


def utf8(text):
    return np.array(text.encode(), h5py.string_dtype())


def vaex_texts(group, texts, kind="S1"):
    """None is missing."""
    parts = [(t or "").encode() for t in texts]
    group["data"] = np.frombuffer(b"".join(parts), kind)
    group["data"].attrs["dtype"] = "str"
    group["indices"] = np.cumsum([0] + [len(p) for p in parts]).astype("i4")
    if None in texts:
        group["null_bitmap"] = np.packbits([t is not None for t in texts], bitorder="little")


def masked(values):
    """Whole numbers as numpy fills them where they are masked, and the mask."""
    return np.where(np.isnan(values), 999999, values).astype("i8"), np.isnan(values)


rows = [(p, t) for p in range(2) for t in range(5)]
with new("vaex_wide.hdf5") as f:
    f.create_group("table").attrs["type"] = "table"
    f.create_group("table/columns").attrs["column_order"] = "stay_id,charttime,sex,temp,HR"
    columns = f["table/columns"]
    columns["HR/data"], columns["HR/mask"] = masked(np.concatenate([4 * stay(p, 5, 1)[:, 0] for p in range(2)]))
    columns["HR"].attrs["unit"] = "1/min"
    columns["temp/data"] = np.concatenate([stay(p, 5, 2)[:, 1] for p in range(2)])
    columns["stay_id/data"] = np.array([70 + p for p, _ in rows])
    columns["charttime/data"] = np.array([np.datetime64("2130-01-01T00", "ns").astype("i8") + t * 1800 * 10**9 for _, t in rows])
    columns["charttime/data"].attrs["dtype"] = "datetime64[ns]"
    vaex_texts(columns.create_group("sex"), ["m" if p else "f" for p, _ in rows])
expect("vaex_wide.hdf5", "vaex", ["temp", "HR"],
       {f"{70 + p}": [stay(p, 5, 2)[:, 1], 4 * stay(p, 5, 1)[:, 0]] for p in range(2)}, [None, "1/min"], 1 / 1800,
       statics={"sex": [0, 1]})

with new("vaex_long.hdf5") as f:
    columns = f.create_group("table/columns")
    columns.attrs["column_order"] = "patient,hour,item,value"
    entries = [(p, t, c) for p in range(2) for t in range(4) for c in range(2)]
    vaex_texts(columns.create_group("patient"), ["Ä1" if p else "B" for p, _, _ in entries], "u1")
    columns["hour/data"] = np.array([t for _, t, _ in entries], "i2")
    columns.create_group("item").attrs["type"] = "dictionary_encoded"
    columns["item/indices/data"] = np.array([c for _, _, c in entries], "i1")
    vaex_texts(columns.create_group("item/dictionary"), ["HR", "SpO2"])
    columns["value/data"] = np.nan_to_num(np.array([value(p, c, t) for p, t, c in entries], "f4"), nan=-7)
    columns["value/null_bitmap"] = np.packbits([not np.isnan(value(p, c, t)) for p, t, c in entries], bitorder="little")
    people = f.create_group("people/columns")
    vaex_texts(people.create_group("patient"), ["Ä1", "C", "B"])
    people["age/data"] = np.array([50.5, 40, 61.5])
expect("vaex_long.hdf5", "vaex", ["HR", "SpO2"], {"B": stay(0, 4, 2), "Ä1": stay(1, 4, 2)}, rates=1 / 3600,
       statics={"age": [61.5, 50.5]})

with new("columns_masked.h5") as f:
    f["hour"], f["stay_id"] = np.tile(np.arange(5), 2), np.repeat([8, 9], 5)
    f["hr"], f["hr_mask"] = masked(np.concatenate([4 * stay(p, 5, 1)[:, 0] for p in range(2)]))
    f["mask_rr"] = ~np.isnan(np.concatenate([stay(p, 5, 2)[:, 1] for p in range(2)]))
    f["rr"] = np.nan_to_num(np.concatenate([stay(p, 5, 2)[:, 1] for p in range(2)]), nan=-1)
expect("columns_masked.h5", "columns", ["hr", "rr"],
       {f"{8 + p}": [4 * stay(p, 5, 1)[:, 0], stay(p, 5, 2)[:, 1]] for p in range(2)}, rates=1 / 3600)


def nwb_series(group, name, data, unit, rate=None, start=0.0, times=None, kind="TimeSeries", **attributes):
    g = group.create_group(name)
    g.attrs["neurodata_type"] = kind
    g["data"] = data
    g["data"].attrs["unit"] = unit
    for key, number in attributes.items():
        g["data"].attrs[key] = np.float32(number)
    if rate:
        g["starting_time"] = start
        g["starting_time"].attrs["rate"] = np.float32(rate)
    if times is not None:
        g["timestamps"] = times
    return g


with new("nwb_two_clocks.nwb") as f:
    f.attrs["nwb_version"], f.attrs["neurodata_type"] = "2.7.0", "NWBFile"
    acquired = f.create_group("acquisition")
    nwb_series(acquired, "ABP", np.arange(20, dtype="i2"), "mmHg", 62.5, conversion=0.5, offset=40)
    ecg = nwb_series(acquired, "ECG", np.arange(24, dtype="i2").reshape(12, 2), "volts", 250, 2.0, kind="ElectricalSeries",
                     conversion=0.25)
    ecg["channel_conversion"], ecg["electrodes"] = np.array([1, 2], "f4"), np.array([2, 0])
    f["general/extracellular_ephys/electrodes/label"] = np.array([b"II", b"V", b"aVR"])
    nwb_series(acquired, "Notes", np.array([b"start"]), "n.a.", times=np.array([1.0]), kind="AnnotationSeries")
    nwb_series(acquired, "Video", np.zeros((3, 2, 2), "u1"), "n.a.", 1)
    f["processing/vitals/description"] = utf8("numerics")
    hr = nwb_series(f["processing/vitals"], "HR", np.array([70, 71, 72, 73], "f4"), "1/min", times=np.array([5.0, 6, 7, 8]))
    spo2 = nwb_series(f["processing/vitals"], "SpO2", np.array([96, 97, 98, 99], "f4"), "n.a.")
    spo2["timestamps"] = h5py.SoftLink("/processing/vitals/HR/timestamps")
    for key, text in [("subject_id", "A3"), ("age", "P40Y6M"), ("sex", "M"), ("weight", "80.5 kg"), ("species", "Homo sapiens")]:
        f[f"general/subject/{key}"] = utf8(text)
expect("nwb_two_clocks.nwb", "nwb", ["ABP", "aVR", "II", "HR", "SpO2"],
       {"A3": [40 + np.arange(20) / 2, np.arange(0, 24, 2) / 4, np.arange(1, 24, 2) / 2, [70, 71, 72, 73], [96, 97, 98, 99]]},
       ["mmHg", "volts", "volts", "1/min", None], [62.5, 250, 250, 1, 1], statics={"age": [40.5], "weight": [80.5], "sex": [0]})
cases[-1]["starts"] = [0, 2, 2, 5, 5]

with new("nwb_unlabelled.nwb") as f:
    f.attrs["nwb_version"] = "2.0.1"
    g = nwb_series(f.create_group("acquisition"), "lfp", stay(0, 6, 2), "unknown", 4, 1.5)
    nwb_series(f.create_group("stimulus/presentation"), "pulse", np.zeros(4), "V", 1)
expect("nwb_unlabelled.nwb", "nwb", ["lfp0", "lfp1"], {"nwb_unlabelled": stay(0, 6, 2)}, rates=4, start=1.5)

with new("nwb_events_only.nwb") as f:
    f.attrs["nwb_version"] = "2.0.1"
    nwb_series(f.create_group("acquisition"), "Notes", np.array([b"start"]), "n.a.", times=np.array([1.0]))
refuse("nwb_events_only.nwb", "is NWB without a time series of numbers")


def nirs(f, name, subject, second="s", **facts):
    g = f.create_group(name)
    for key, text in {"SubjectID": subject, "TimeUnit": second, **facts}.items():
        g[f"metaDataTags/{key}"] = utf8(text)
    g["probe/wavelengths"] = np.array([760.0, 850.0])
    return g


with new("snirf_raw.snirf") as f:
    g = nirs(f, "nirs", "p9", "ms", Age="63.5", SubjectName="Doe, J")
    g["data1/dataTimeSeries"], g["data1/time"] = stay(0, 8, 4), np.array([500.0, 125.0])
    g["data1/dataOffset"] = np.array([0, 1, 0, 0.5])
    for k, (s, d, w) in enumerate([(1, 1, 1), (1, 1, 2), (2, 1, 1), (2, 1, 2)]):
        m = g.create_group(f"data1/measurementList{k + 1}")
        m["sourceIndex"], m["detectorIndex"], m["wavelengthIndex"] = s, d, w
        m["dataType"], m["dataTypeIndex"], m["dataUnit"] = 1, 1, utf8("V")
    g["aux2/name"], g["aux2/dataTimeSeries"], g["aux2/time"] = utf8("HR"), np.array([[70.0], [71.0], [72.0]]), np.array([0, 1000.0, 2000.0])
    g["aux2/dataUnit"], g["aux2/timeOffset"] = utf8("1/min"), np.array([3.0])
    g["aux10/name"], g["aux10/dataTimeSeries"], g["aux10/time"] = utf8("SpO2"), np.array([96.0, 97.0, 98.0]), np.array([0, 1000.0, 2000.0])
    g["stim1/name"], g["stim1/data"] = utf8("rest"), np.array([[1.0, 1, 1]])
offsets = np.array([0, 1, 0, 0.5], "f4")
expect("snirf_raw.snirf", "snirf", ["S1_D1 760", "S1_D1 850", "S2_D1 760", "S2_D1 850", "HR", "SpO2"],
       {"p9": list((stay(0, 8, 4) + offsets).T) + [[70, 71, 72], [96, 97, 98]]}, ["V"] * 4 + ["1/min", None], [8] * 4 + [1, 1],
       statics={"Age": [63.5]})
cases[-1]["starts"] = [0.5] * 4 + [0, 0]

with new("snirf_processed.snirf") as f:
    for number, subject, steps in [(1, "A", 5), (2, "B", 6), (10, "C", 4)]:
        g = nirs(f, f"nirs{number}", subject)
        g["data1/dataTimeSeries"], g["data1/time"] = stay(number, steps, 3).astype("f8"), 0.5 * np.arange(steps)
        lists = g.create_group("data1/measurementLists")
        lists["sourceIndex"], lists["detectorIndex"] = np.array([1, 1, 0]), np.array([2, 2, 0])
        lists["dataType"], lists["dataTypeLabel"] = np.array([99999] * 3), np.array([b"HbO", b"HbR", b"StO2"])
        lists["dataUnit"] = np.array([b"uM", b"uM", b"%"])
expect("snirf_processed.snirf", "snirf", ["S1_D2 HbO", "S1_D2 HbR", "StO2"],
       {"A": stay(1, 5, 3), "B": stay(2, 6, 3), "C": stay(10, 4, 3)}, ["uM", "uM", "%"], 2)
expect("snirf_processed.snirf", "snirf", ["S1_D2 HbO", "S1_D2 HbR", "StO2"], {"B": stay(2, 6, 3)}, ["uM", "uM", "%"], 2,
       options={"path": "/nirs2"})


def frame(f, name, index, columns=(), key="_index"):
    g = f.create_group(name)
    g.attrs["encoding-type"], g.attrs["_index"] = "dataframe", key
    g.attrs.create("column-order", [c for c in columns], dtype=h5py.string_dtype())
    g.create_dataset(key, data=index, dtype=h5py.string_dtype())
    return g


with new("ehrdata_layer.h5ad") as f:
    f.attrs["encoding-type"] = "anndata"
    f["X"] = np.zeros((3, 2))
    f["layers/tem_data"], f["layers/raw"] = cube(3, 6, 2).transpose(0, 2, 1).astype("f8"), np.zeros((3, 2, 6))
    obs = frame(f, "obs", ["a", "b", "c"], ["sex", "age", "icu", "mortality"])
    obs["age"] = np.array([50.5, 60, 70])
    obs["sex/codes"], obs["sex/categories"] = np.array([1, -1, 0], "i1"), np.array([b"F", b"M"])
    obs["icu/values"], obs["icu/mask"] = np.array([5.0, 0, 7]), np.array([False, True, False])
    obs["mortality/values"], obs["mortality/mask"] = np.array([True, False, False]), np.array([False, False, True])
    var = frame(f, "var", ["HR", "MAP"], ["unit"], "name")
    var["unit"] = np.array([b"1/min", b"mmHg"])
    tem = frame(f, "tem", [str(t) for t in range(6)], ["interval_start_offset"])
    tem["interval_start_offset"] = np.array([f"0 days {t // 2:02}:{t % 2 * 30:02}:00".encode() for t in range(6)])
expect("ehrdata_layer.h5ad", "anndata", ["HR", "MAP"], {k: stay(p, 6, 2) for p, k in enumerate("abc")}, ["1/min", "mmHg"], 1 / 1800,
       statics={"age": [50.5, 60, 70], "sex": [1, None, 0], "icu": [5, None, 7], "mortality": [1, 0, None]})

with new("ehrdata_stored.h5ed") as f:
    f.attrs["ehrdata-encoding-type"] = "ehrdata"
    f["obsm/_ed_ondisk_X"] = np.nan_to_num(cube(2, 5, 3), nan=-1).transpose(0, 2, 1)
    f["obsm/_ed_ondisk_X"].attrs["missing_value"] = -1.0
    frame(f, "obs", ["7", "8"])
    frame(f, "var", ["HR", "RR", "Temp"])
    frame(f, "tem", ["1", "2", "3", "4", "5"], key="hour")
expect("ehrdata_stored.h5ed", "anndata", ["HR", "RR", "Temp"], {f"{7 + p}": stay(p, 5, 3) for p in range(2)}, rates=1 / 3600, start=3600)

with new("anndata_flat.h5ad") as f:
    f.attrs["encoding-type"] = "anndata"
    f["X"] = np.zeros((3, 2))
    frame(f, "obs", ["a", "b", "c"])
    frame(f, "var", ["HR", "MAP"])
refuse("anndata_flat.h5ad", "is AnnData without time: it has /X [3, 2]")


def device(f, name, channels, rate, time="10:0:0.0", **attributes):
    g = f.create_group(name)
    g.attrs["sampling rate"], g.attrs["date"], g.attrs["time"] = rate, "2024-1-1", time
    for key, more in attributes.items():
        g.attrs[key] = more
    for number, (data, facts) in channels.items():
        g[f"raw/channel_{number}"] = data
        for key, text in facts.items():
            g[f"raw/channel_{number}"].attrs[key] = text
    steps = len(next(iter(channels.values()))[0])
    g["raw/nSeq"] = (np.arange(steps) % 16)[:, None].astype("u1")
    for level in (10, 100):
        for number in channels:
            g[f"support/level_{level}/channel_{number}/mean"] = np.zeros((3, 1))
    g["digital/digital_1"] = np.zeros((steps, 1), "u1")
    g.create_group("events")
    return g


with new("opensignals_one.h5") as f:
    device(f, "00:07:80:3B:46:61",
           {2: (np.arange(6)[:, None].astype("u2"), {"sensor": "ECG"}), 1: (4 * np.arange(6)[:, None].astype("u2"), {"sensor": "RAW"}),
            10: (3 * np.arange(6).astype("u2"), {"label": "pleth", "sensor": "BVP"})}, 500, resolution=[16, 16, 16])
expect("opensignals_one.h5", "opensignals", ["channel_1", "ECG", "pleth"],
       {"opensignals_one": [4 * np.arange(6), np.arange(6), 3 * np.arange(6)]}, ["counts"] * 3, 500)

with new("opensignals_two.h5") as f:
    device(f, "20:16:02:14:75:76", {1: (np.arange(4)[:, None], {"sensor": "ECG"})}, 1000)
    device(f, "20:17:09:18:49:99", {1: (np.arange(5)[:, None], {"sensor": "ECG"}), 2: (9 - np.arange(5)[:, None], {"sensor": "EDA"})},
           100, "10:0:1.5")
expect("opensignals_two.h5", "opensignals", ["20:16:02:14:75:76/ECG", "20:17:09:18:49:99/ECG", "EDA"],
       {"opensignals_two": [np.arange(4), np.arange(5), 9 - np.arange(5)]}, ["counts"] * 3, [1000, 100, 100])
cases[-1]["starts"] = [0, 1.5, 1.5]


def tdms(f, path, data, unit=None, step=None, start=None, offset=0.0):
    f[path] = data
    if unit:
        f[path].attrs["unit_string"] = unit
    if step:
        f[path].attrs["wf_increment"], f[path].attrs["wf_samples"] = step, len(data)
        f[path].attrs["wf_start_offset"] = offset
    if start:
        f[path].attrs["wf_start_time"] = np.bytes_(start)


with new("tdms_waveforms.h5") as f:
    f.attrs["name"] = "lab"
    tdms(f, "Monitor/ART", stay(0, 8, 1)[:, 0], "mmHg", 0.008, "2024-01-01T10:00:00.000000Z")
    tdms(f, "Monitor/ICP", stay(1, 9, 1)[:, 0], "mmHg", 0.008, "2024-01-01T10:00:02.000000Z", 0.5)
    tdms(f, "Slow/ART", stay(2, 4, 1)[:, 0], "kPa", 2.0, "2024-01-01T10:00:00.000000Z")
    f["Slow/note"] = np.array([b"calm"])
expect("tdms_waveforms.h5", "tdms", ["Monitor/ART", "ICP", "Slow/ART"],
       {"tdms_waveforms": [stay(0, 8, 1)[:, 0], stay(1, 9, 1)[:, 0], stay(2, 4, 1)[:, 0]]}, ["mmHg", "mmHg", "kPa"], [125, 125, 0.5])
cases[-1]["starts"] = [0, 2.5, 0]

with new("tdms_time_channels.h5") as f:
    tdms(f, "A/HR", stay(0, 5, 1)[:, 0], "1/min")
    tdms(f, "A/Time", 10 + 2.0 * np.arange(5), "s")
    tdms(f, "B/Temp", stay(1, 4, 1)[:, 0], "degC")
    f["B/stamps"] = np.array([f"2024-01-01T10:00:{20 + t:02}.000000Z".encode() for t in range(4)])
expect("tdms_time_channels.h5", "tdms", ["HR", "Temp"], {"tdms_time_channels": [stay(0, 5, 1)[:, 0], stay(1, 4, 1)[:, 0]]},
       ["1/min", "degC"], [0.5, 1])
cases[-1]["starts"] = [10, 0]


def stream(f, group, series, stamps, **attributes):
    f[f"{group}/time_series"], f[f"{group}/time_stamps"] = series, stamps
    for key, more in attributes.items():
        f[group].attrs[key] = more


jitter = 0.0005 * np.sin(np.arange(40))
with new("lsl_jitter.h5") as f:
    stamps = 8123 + np.arange(40) / 125 + jitter
    stamps[20:] += 2
    stream(f, "stream_0", stay(0, 40, 2), stamps, name="ECG", type="ECG", nominal_srate=125.0, channel_labels=["I", "II"],
           channel_units="mV,mV")
    stream(f, "stream_1", stay(1, 6, 1), 8123 + np.arange(6) + 1.0, name="Pulse", type="HR", nominal_srate=1.0)
    stream(f, "stream_2", np.array([[b"start"], [b"stop"]]), np.array([8123.0, 8124.0]), name="Events", type="Markers", nominal_srate=0.0)
gap = np.full((250, 2), np.nan, "f4")
expect("lsl_jitter.h5", "lsl", ["I", "II", "Pulse"],
       {"lsl_jitter": list(np.concatenate([stay(0, 40, 2)[:20], gap, stay(0, 40, 2)[20:]]).T) + [stay(1, 6, 1)[:, 0]]},
       ["mV", "mV", None], [125, 125, 1], stored=[40, 40, 6])
cases[-1]["starts"] = [0, 0, 1]

with new("lsl_info.h5") as f:
    stream(f, "Oxi", stay(0, 8, 2).T, 77 + np.arange(8) / 2)
    f["Oxi/info"] = utf8(json.dumps({"name": ["Nonin"], "type": ["Oxi"], "nominal_srate": ["2"], "desc": [{"channels": [{"channel": [
        {"label": ["SpO2"], "unit": ["%"]}, {"label": ["PR"], "unit": ["1/min"]}]}]}]}))
    stream(f, "Cuff", np.array([[93.0], [95.0], [91.0]]), np.array([78.0, 378.0, 679.0]))
    f["Cuff/info"] = utf8("<info><name>NIBP</name><type>BP</type><nominal_srate>0</nominal_srate><desc><channels><channel>"
                          "<label>MAP</label><unit>mmHg</unit></channel></channels></desc></info>")
expect("lsl_info.h5", "lsl", ["MAP", "SpO2", "PR"], {"lsl_info": [[93, 95, 91]] + list(stay(0, 8, 2).T)}, ["mmHg", "%", "1/min"],
       [1 / 300.5, 2, 2])
cases[-1]["starts"] = [1, 0, 0]


def octave(group, name, it, kind=None):
    """A value as Octave saves it: a group with `type` and `value`, dimensions reversed."""
    g = group.create_group(name)
    g.attrs["OCTAVE_NEW_FORMAT"] = np.uint8(1)
    if isinstance(it, str):
        kind, data = "sq_string", np.frombuffer(it.encode(), "i1")[:, None]
    elif isinstance(it, list):
        kind, data = "cell", None
        cells = g.create_group("value")
        cells["dims"] = np.array([len(it), 1], "i4")
        for i, entry in enumerate(it):
            octave(cells, f"_{i:0{len(str(len(it)))}}", entry)
    elif isinstance(it, dict):
        kind, data = kind or "scalar struct", None
        for key, entry in it.items():
            octave(g.require_group("value"), key, entry)
    elif isinstance(it, tuple):
        kind = "range"
        data = np.array(it, np.dtype([("base", "f8"), ("limit", "f8"), ("increment", "f8")]))
    else:
        data = np.asarray(it)
        kind = kind or ("scalar" if data.ndim == 0 else "matrix")
        data = data.T if data.ndim != 1 else data[:, None]
    g["type"] = np.bytes_(kind)
    if data is not None:
        g["value"] = data


with new("octave_cells.h5") as f:
    octave(f, "vitals", [stay(p, 5 + p, 2).astype("f8") for p in range(3)])
    octave(f, "names", ["HR", "MAP"])
    octave(f, "units", ["1/min", "mmHg"])
    octave(f, "patient_id", ["x", "y", "z"])
    octave(f, "age", np.array([50.0, 61, 72]))
    octave(f, "fs", 0.5)
expect("octave_cells.h5", "octave", ["HR", "MAP"], {k: stay(p, 5 + p, 2) for p, k in enumerate("xyz")}, ["1/min", "mmHg"], 0.5,
       statics={"age": [50, 61, 72]})

with new("octave_struct.h5") as f:
    octave(f, "rec", {"ECG": np.arange(0, 12, dtype="i2"), "ABP": stay(0, 12, 1)[:, 0], "t": (0.0, 0.44, 0.04), "fs": 100.0,
                      "sex": "F", "raw": np.array(3, "i4")})
expect("octave_struct.h5", "octave", ["ABP", "ECG"], {"octave_struct": [stay(0, 12, 1)[:, 0], np.arange(12)]}, rates=25,
       statics={"sex": [0]})

with new("octave_array.h5") as f:
    octave(f, "x", cube(3, 7, 2))
    octave(f, "channel_names", ["HR", "RR"])
    octave(f, "dt", 60.0)
expect("octave_array.h5", "octave", ["HR", "RR"], {k: stay(p, 7, 2) for p, k in enumerate(ids(3))}, rates=1 / 60)

with new("octave_struct_array.h5") as f:
    octave(f, "s", {"id": ["a", "b"], "HR": [stay(p, 4 + p, 1)[:, 0] for p in range(2)],
                    "SpO2": [stay(p, 4 + p, 2)[:, 1] for p in range(2)], "age": [np.float64(40), np.float64(50)]}, "struct")
    octave(f, "fs", 2.0)
expect("octave_struct_array.h5", "octave", ["HR", "SpO2"], {k: stay(p, 4 + p, 2) for p, k in enumerate("ab")}, rates=2,
       statics={"age": [40, 50]})

with new("octave_matrices.h5") as f:
    octave(f, "before", stay(0, 6, 2))
    octave(f, "after", stay(1, 6, 2))
refuse("octave_matrices.h5", "/after [6, 2], /before [6, 2]")
expect("octave_matrices.h5", "octave", ["ch0", "ch1"], {"octave_matrices": stay(1, 6, 2)}, options={"path": "/after"})

with open(os.path.join(HERE, "layouts.json"), "w") as f:
    json.dump(cases, f, indent=None, separators=(",", ":"))
    f.write("\n")
print(len(cases), "cases in", sum(os.path.getsize(path(n)) for n in os.listdir(FOLDER)) // 1024, "KiB")
