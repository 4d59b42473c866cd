"""Reads MNIST and CIFAR-10 from their published files, and other images from an archive.

A data set is ((images, labels), (images, labels)), for training and test. The images
are uint8 of shape (n, height, width, channels). The labels are int64; those of MNIST and
CIFAR-10 are 0 to 9.
"""

import gzip
import io
import os
import pickle
import tarfile
import zipfile
import zlib

import numpy as np

CIFAR_BATCHES = [f"data_batch_{i}" for i in range(1, 6)]


def load(name, folder):
    """Looks for a file in folder, and in the subfolders of the published archives."""
    readers = {"mnist": read_mnist, "cifar10": read_cifar10, "images": read_images}
    try:
        found = readers[name](folder)
    except (EOFError, KeyError, ValueError, pickle.UnpicklingError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{folder}: cannot read {name}: {error}") from error
    if found is None:
        raise FileNotFoundError(f"{folder}: no {name} in it, want the files as published")
    for images, labels in found:
        if len(images) != len(labels):
            raise ValueError(f"{folder}: {name} has {len(images)} images but {len(labels)} labels")
        if name != "images" and (labels.min() < 0 or labels.max() > 9):
            raise ValueError(f"{folder}: {name} has labels from {labels.min()} to {labels.max()}, want 0 to 9")
    return found


def read_mnist(folder):
    for place in (folder, os.path.join(folder, "mnist")):
        archive = os.path.join(place, "mnist.npz")
        if os.path.exists(archive):
            return read_npz(archive, channels=1)
        if idx_file(place, "train-images-idx3-ubyte"):
            return tuple(
                (read_idx(place, f"{part}-images-idx3-ubyte")[..., None], read_idx(place, f"{part}-labels-idx1-ubyte").astype(np.int64))
                for part in ("train", "t10k")
            )
    return None


def read_cifar10(folder):
    archive = os.path.join(folder, "cifar10.npz")
    if os.path.exists(archive):
        return read_npz(archive, channels=3)
    for suffix, read_batch in (("bin", cifar_bin), ("py", cifar_py)):
        place = os.path.join(folder, f"cifar-10-batches-{suffix}")
        if os.path.isdir(place):
            return join_batches(lambda name: read_file(os.path.join(place, name + (".bin" if suffix == "bin" else ""))), read_batch)
    for suffix, read_batch in (("binary", cifar_bin), ("python", cifar_py)):
        path = os.path.join(folder, f"cifar-10-{suffix}.tar.gz")
        if os.path.exists(path):
            with tarfile.open(path) as tar:
                members = {os.path.splitext(os.path.basename(m.name))[0]: m for m in tar.getmembers() if m.isfile()}
                return join_batches(lambda name: tar.extractfile(members[name]).read(), read_batch)
    return None


def read_images(folder):
    archive = os.path.join(folder, "images.npz")
    return read_npz(archive, channels=-1) if os.path.exists(archive) else None


def read_npz(path, channels):
    """Reads Keras's mnist.npz, or the same arrays of another data set."""
    with np.load(path, allow_pickle=False) as arrays:
        return tuple(
            (image_array(arrays["x_" + part], channels), arrays["y_" + part].reshape(-1).astype(np.int64))
            for part in ("train", "test")
        )


def image_array(images, channels):
    return images.reshape(*images.shape[:3], channels).astype(np.uint8)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def idx_file(place, name):
    """Returns the path of an idx file, compressed or not, with either of the two usual spellings."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            path = os.path.join(place, spelling + suffix)
            if os.path.isfile(path):
                return path
    return None


def read_idx(place, name):
    path = idx_file(place, name)
    if path is None:
        raise FileNotFoundError(f"{place}: no {name} or {name}.gz")
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    if data[:3] != b"\0\0\x08" or len(data) < 4:
        raise ValueError(f"{path}: begins with {data[:4].hex()}, want 0000 08 (an idx file of bytes)")
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    want = 4 + 4 * rank + int(np.prod(shape))
    if len(data) != want:
        raise ValueError(f"{path}: has {len(data)} bytes, want {want} for the shape {tuple(shape)}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def join_batches(read, parse):
    training = [parse(read(name)) for name in CIFAR_BATCHES]
    images, labels = (np.concatenate(part) for part in zip(*training))
    return (images, labels), parse(read("test_batch"))


def cifar_bin(data):
    """Reads records of a label and 32 rows of 32 bytes each for red, green and blue."""
    if not data or len(data) % 3073:
        raise ValueError(f"a CIFAR-10 batch has {len(data)} bytes, want a multiple of 3073")
    records = np.frombuffer(data, np.uint8).reshape(-1, 3073)
    return planes_last(records[:, 1:]), records[:, 0].astype(np.int64)


def cifar_py(data):
    batch = ArrayUnpickler(io.BytesIO(data), encoding="bytes").load()
    return planes_last(batch[b"data"]), np.array(batch[b"labels"], np.int64)


def planes_last(rows):
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


class ArrayUnpickler(pickle.Unpickler):
    """Unpickles arrays and containers of arrays, and does not execute anything else."""

    ALLOWED = {("_reconstruct", "numpy"), ("ndarray", "numpy"), ("dtype", "numpy"), ("encode", "_codecs")}

    def find_class(self, module, name):
        if (name, module.split(".")[0]) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, want arrays only")
        return super().find_class(module, name)
