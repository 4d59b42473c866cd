"""Writes the HDF5 files of this folder with h5py, the kinds that are read and those that are refused.

    make.py    with the Python that scripts/reference/setup prints
"""

import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
numbers = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5


def write(name, fill, **options):
    with h5py.File(name + ".h5", "w", **options) as file:
        fill(file)


def keras(file):
    """What Keras's files are made of."""
    file["layers/dense/vars/0"] = numbers
    file["layers/dense/vars/1"] = np.float32(7)
    file["layers/dense/vars/2"] = np.zeros((0, 3), np.float32)
    file["optimizer/vars/0"] = np.int64(-3)
    file.create_group("layers/flatten/vars")
    file.attrs["keras_version"] = "3.8.0"
    file.attrs["layer_names"] = [b"dense", b"flatten_1"]
    file.attrs["model_config"] = '{"class_name": "Séquentiel"}'
    file.attrs["weight_names"] = np.array([], "S1")
    file.attrs["count"] = 3
    file.attrs.create("variable", ["one", "", "three"], dtype=h5py.string_dtype())


def wide(file):
    """More members than a leaf, and than a tree's node, has room for."""
    file["217"] = np.float32(217)
    for i in range(300):
        if i != 217:
            file[f"{i}"] = file["217"]


def continued(file):
    """So many attributes that the object header is continued elsewhere."""
    for i in range(40):
        file.attrs[f"attribute_{i}"] = "x" * i


def compact(file):
    space = h5py.h5s.create_simple((2, 3))
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, settings).write(h5py.h5s.ALL, h5py.h5s.ALL, numbers)


def refused(file):
    file["half"] = numbers.astype(np.float16)
    file["double"] = numbers.astype(np.float64)
    file["big"] = numbers.astype(">f4")
    file["bool"] = numbers > 0
    file["text"] = "words"
    file["null"] = h5py.Empty("f")
    file.create_dataset("gzip", data=numbers, compression="gzip")
    file.create_dataset("chunked", data=numbers, chunks=(1, 3))
    file.create_dataset("unwritten", (2, 3), "f4")


def linked(file):
    file["a"] = numbers
    file["b"] = h5py.SoftLink("/a")


def circle(file):
    file.create_group("a/b")
    file["a/b/c"] = file["a"]


write("keras", keras)
write("wide", wide)
write("continued", continued)
write("compact", compact)
write("refused", refused)
write("linked", linked)
write("circle", circle)
write("latest", keras, libver="latest")
write("ordered", keras, track_order=True)
