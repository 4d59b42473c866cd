#!/usr/bin/env python3
"""Holds networks that tflab has written as .keras against what Keras stored of them.

    kerascheck.py WRITTEN FIXTURES

For each CASE.keras of the folder WRITTEN: Keras loads it, its weights are those of
FIXTURES/CASE.npz to the bit, its output is the stored one to 1e-6, and its layers
have the settings of FIXTURES/CASE.json or .keras where this Keras reads that file.
"""

import argparse
import glob
import os
import sys

import program  # first: it silences TensorFlow's log

import keras
import numpy as np

from kerasfiles import named

UNTOLD = ("dtype", "seed")  # an object that is compared by identity; what tflab does not use


def settings(model):
    """The layers' settings, those of models within the model included."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield layer.name, type(layer).__name__
            yield from settings(layer)
        else:
            config = {key: value for key, value in layer.get_config().items() if key not in UNTOLD}
            yield layer.name, type(layer).__name__, keras.saving.serialize_keras_object(config)


def original(base):
    """The model that Keras wrote, if this Keras can read it."""
    try:
        if os.path.exists(base + ".keras"):
            return keras.saving.load_model(base + ".keras", compile=False)
        with open(base + ".json") as file:
            return keras.models.model_from_json(file.read())
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def check(path, base):
    model = keras.saving.load_model(path)
    stored = np.load(base + ".npz")
    for name, weight in named(model):
        if "before/" + name not in stored.files:  # Keras 2 has another name
            name = name.replace("/kernel", "/depthwise_kernel")
        if not np.array_equal(weight.numpy(), stored["before/" + name]):
            raise ValueError(f"{path}: the weight {name} is not the stored one")
    if sum(1 for _ in named(model)) != sum(name.startswith("before/") for name in stored.files):
        raise ValueError(f"{path}: weights are missing")
    apart = np.abs(np.asarray(model(stored["images"], training=False)) - stored["output"]).max()
    if not apart <= 1e-6:
        raise ValueError(f"{path}: the output differs by {apart}")
    before = original(base)
    if before is not None:
        for ours, theirs in zip(settings(model), settings(before), strict=True):
            if ours != theirs:
                raise ValueError(f"{path}: {ours} was {theirs}")
    return before is not None


def run(options):
    paths = sorted(glob.glob(os.path.join(options.written, "*.keras")))
    if not paths:
        raise ValueError(f"{options.written}: no .keras files")
    compared = 0
    for path in paths:
        compared += check(path, os.path.join(options.fixtures, os.path.basename(path)[: -len(".keras")]))
    print(f"{len(paths)} networks, {compared} with the settings of the original")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("written")
    parser.add_argument("fixtures")
    sys.exit(program.attempt("kerascheck.py", run, parser.parse_args()))


if __name__ == "__main__":
    main()
