"""Opens a cohort written by ConvertAndSplitTests as its users would: with h5py, xarray and pandas, and as MATLAB does.

usage: open_in_python.py OWN.h5 ARRAY.h5 RAGGED.h5 GROUPS.h5      exits with an assertion error where something is not as documented
"""
import sys

import h5py
import numpy as np
import xarray as xr

own, array, ragged, groups = sys.argv[1:]
hr = np.array([[60 + p % 40 + t for t in range(6)] for p in range(7)], dtype="f4")

with h5py.File(own) as f:
    assert f.attrs["Conventions"] == "CF-1.8" and f.attrs["synthetic"] == 1 and f.attrs["seed"] == "1"
    assert list(f.attrs["channels"]) == ["HR", "a_b"]
    assert f["HR"].shape == (7, 6) and f["HR"].dtype == np.dtype("<f4")
    assert (f["HR"][:] == hr).all()
    assert f["HR"].attrs["units"] == "bpm" and f["HR"].attrs["loinc"] == "8867-4"
    assert f["a_b"].attrs["original_name"] == "a/b"
    assert np.isnan(f["HR"].fillvalue) and np.isnan(f["HR"].attrs["_FillValue"])
    assert f["HR"].compression == "gzip" and f["HR"].shuffle
    assert f["HR"].dims[0].keys() == ["patient"] and f["HR"].dims[1].keys() == ["time"]
    assert f["patient"].asstr()[3] == "bed 3"

with xr.open_dataset(own, engine="h5netcdf") as d:
    assert dict(d.sizes) == {"patient": 7, "time": 6}
    assert list(d.HR.dims) == ["patient", "time"]
    assert (d.HR.values == hr).all()
    assert d.HR.attrs["units"] == "bpm" and d.HR.attrs["long_name"] == "heart rate"
    assert list(d.time.values) == [3600 * t for t in range(6)] and d.time.attrs["units"] == "seconds"
    assert d.HR.sel(patient="bed 2", time=7200).item() == 64
    assert int(np.isnan(d.a_b).sum()) == 14
    assert list(d.age.values) == [30 + p for p in range(7)] and d.age.attrs["units"] == "years"
    assert np.isnan(d.sex.values[[0, 5]]).all() and list(d.sex.values[1:3]) == [1, 0]
    assert list(d.sex.attrs["labels"]) == ["F", "M"] and d.sex.attrs["flag_meanings"] == "F M"

with h5py.File(array) as f:
    assert f["data"].shape == (7, 6, 2) and (f["data"][:, :, 0] == hr).all()
    assert list(f["channels"].asstr()) == ["HR", "a/b"] and list(f["units"].asstr()) == ["bpm", ""]
    assert f["patient_id"].asstr()[6] == "bed 6" and f["time"].attrs["units"] == "seconds"
    sex = f["static/sex"]
    assert list(sex[:3]) == [-1, 1, 0] and list(sex.attrs["labels"]) == ["F", "M"] and f.attrs["synthetic"] == 1
    # MATLAB's h5read and R's rhdf5 show the axes reversed: channel, time, patient
    matlab = np.asfortranarray(f["data"][:].transpose())
    assert matlab.shape == (2, 6, 7) and matlab[0, 3, 2] == hr[2, 3]

with xr.open_dataset(own, engine="h5netcdf") as d:
    frame = d[["HR", "a_b"]].to_dataframe()
    assert frame.loc[("bed 2", 7200), "HR"] == 64 and frame.groupby(level="patient").HR.mean()["bed 0"] == hr[0].mean()

with h5py.File(ragged) as f:
    offsets = f["offsets"][:]
    assert list(np.diff(offsets)) == [6] * 7 and (f["values"][offsets[3]:offsets[4], 0] == hr[3]).all()
    assert list(f["channels"].asstr()) == ["HR", "a/b"] and f["time"].attrs["units"] == "seconds"
    assert list(f["time"][offsets[3]:offsets[4]]) == [3600 * t for t in range(6)]

with h5py.File(groups) as f:
    assert list(f["patients"]) == [f"bed {p}" for p in range(7)]
    assert (f["patients/bed 4/data"][:, 0] == hr[4]).all() and list(f["patients"].attrs["channels"]) == ["HR", "a/b"]
    assert f["patients/bed 4/data"].dtype == np.dtype("<f4") and list(f["static/age"][:2]) == [30, 31]
