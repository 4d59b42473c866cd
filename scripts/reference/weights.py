"""Reads and writes weights.npz: a float32 array for each weight, named dense/kernel, dense/bias, ...

The names are Keras's layer and variable names, the order is that of the model, and the
shapes are Keras's.
"""

import os
import tempfile
import zipfile

import numpy as np


def named(model, prefix=""):
    """Returns the weights of a model as (name, variable), in the model's order. The names in a nested model are inner/dense/kernel."""
    found = []
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found += named(layer, f"{prefix}{layer.name}/")
        else:
            found += [(f"{prefix}{layer.name}/{weight.name}", weight) for weight in layer.weights]
    return found


def read(path):
    with open(path, "rb") as file:  # otherwise a folder or a missing file would be reported as a bad archive
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path}: not an .npz archive, or cut short")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def assign(model, arrays, origin):
    """Sets a model's weights by name. If one does not fit, none is set."""
    weights = named(model)
    names = [name for name, _ in weights]
    missing = [name for name in names if name not in arrays]
    unknown = [name for name in arrays if name not in names]
    if missing or unknown:
        raise ValueError(
            f"{origin}: the layers do not match the network: missing {', '.join(missing) or 'none'}; "
            f"not in the network {', '.join(unknown) or 'none'}"
        )
    for name, weight in weights:
        check(name, arrays[name], tuple(weight.shape), origin)
    for name, weight in weights:
        weight.assign(arrays[name])


def check(name, array, shape, origin):
    if array.shape != shape:
        raise ValueError(f"{origin}: {name} has the shape {array.shape}, the network wants {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{origin}: {name} holds NaN or infinity, want finite numbers")


def write(path, arrays):
    """Writes name -> array as .npz, completely or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: the folder {folder} does not exist")
    handle, temporary = tempfile.mkstemp(suffix=".npz", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{name: np.asarray(array, np.float32) for name, array in arrays.items()})
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_model(path, model):
    write(path, {name: weight.numpy() for name, weight in named(model)})
