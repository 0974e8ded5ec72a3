"""Writes hostile/*.h5: small files that ask for too much, or bring libhdf5 1.10 down.

    .venv/bin/python Tests/Fixtures/make_hostile.py
"""
import os
import shutil
import struct
import zlib

import h5py
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile")


def cohort(name, channels=("HR", "SpO2"), **storage):
    """A sound file of 2 patients, 3 time steps and 2 named channels; returns its path."""
    path = os.path.join(FOLDER, name)
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=np.full((2, 3, 2), 80, "f4"), **storage)
        file.create_dataset("channels", data=list(channels), dtype=h5py.string_dtype())
    return path


def patch(path, find, offset, new):
    """Replaces the bytes `offset` after the only place of `find`."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    start = content.index(find)
    assert content.find(find, start + 1) < 0, "the place is not unique"
    content[start + offset : start + offset + len(new)] = new
    with open(path, "wb") as file:
        file.write(content)


def heap(path):
    with open(path, "rb") as file:
        return file.read().index(b"GCOL")


def main():
    os.makedirs(FOLDER, exist_ok=True)

    # The first object of the global heap says that it takes 16 GiB: H5HG_read copies as much.
    patch(cohort("heap_size.h5"), b"GCOL", 16 + 8, struct.pack("<Q", 1 << 34))

    # A string that is object 2^31 - 1 of a heap of two: H5HG_read looks it up far beyond the table.
    path = cohort("heap_index.h5")
    first = struct.pack("<QI", heap(path), 1)
    patch(path, first, 8, struct.pack("<I", (1 << 31) - 1))

    # A chunk of 48 bytes that unpacks to 4 GiB, through deflate and deflate again.
    with h5py.File(os.path.join(FOLDER, "bomb.h5"), "w") as file:
        storage = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        storage.set_obj_track_times(False)
        storage.set_chunk((2, 3, 2))
        storage.set_deflate(9)
        storage.set_deflate(9)
        space = h5py.h5s.create_simple((2, 3, 2))
        data = h5py.h5d.create(file.id, b"data", h5py.h5t.IEEE_F32LE, space, storage)
        packer = zlib.compressobj(9)
        once = b"".join(packer.compress(bytes(1 << 24)) for _ in range(256)) + packer.flush()
        data.write_direct_chunk((0, 0, 0), zlib.compress(once, 9))

    # Names that would clear the screen, set the title of a window and forge a line.
    cohort("escape.h5", channels=("H\x1b[2JR", "Sp\x1b]0;owned\x07O2\nerror: forged"))

    # A million million patients, none of them written.
    with h5py.File(os.path.join(FOLDER, "vast.h5"), "w") as file:
        file.create_dataset("data", shape=(10**12, 24, 7), dtype="f4", chunks=(1, 24, 7))

    # More bytes than an Int holds, even in gigabytes. Found by Scripts/batter.
    with h5py.File(os.path.join(FOLDER, "uncountable.h5"), "w") as file:
        file.create_dataset("data", shape=(2**61, 2**20, 7), dtype="f4", chunks=(1, 24, 7))

    # Patients of one value each, none written: few enough values, but too many patients. Found by Scripts/fuzz.
    with h5py.File(os.path.join(FOLDER, "crowd.h5"), "w") as file:
        file.create_dataset("data", shape=(60_000_000, 1, 1), dtype="f4", chunks=(1024, 1, 1))
        file.create_dataset("channels", data=["HR"], dtype=h5py.string_dtype())

    # An attribute whose name is said to be longer than it is: refused, but libhdf5 1.10 has by then written where it
    # should not, and falls over it when it closes down. Found by Scripts/batter.
    path = os.path.join(FOLDER, "closing.h5")
    shutil.copyfile(os.path.join(FOLDER, "../layouts/prevent.hdf5"), path)
    patch(path, b"wfdb-baseline\0", -6, struct.pack("<H", 0x360E))


main()
