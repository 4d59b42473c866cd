#!/usr/bin/env python3
"""Compares networks that tflab has written as .keras with the originals that Keras stored.

    kerascheck.py WRITTEN FIXTURES

For each CASE.keras in the folder WRITTEN, checks that Keras loads the file, that the
weights equal those of FIXTURES/CASE.npz to the bit, that the output equals the stored one
to 1e-6, and that the layers, the optimizer and the loss have the settings of
FIXTURES/CASE.json or .keras, if this Keras can read that file.
"""

import argparse
import glob
import os
import sys

import program  # first: it silences TensorFlow's log

import keras
import numpy as np

from kerasfiles import named

UNTOLD = ("dtype", "seed")  # an object that is compared by identity; a setting that tflab does not use


def settings(model):
    """Returns the layers' settings, including those of nested models."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield layer.name, type(layer).__name__
            yield from settings(layer)
        else:
            config = {key: value for key, value in layer.get_config().items() if key not in UNTOLD}
            yield layer.name, type(layer).__name__, keras.saving.serialize_keras_object(config)


def compiled(model):
    """Returns the settings of the optimizer and of the loss, or none if the model was never compiled."""
    if not model.compiled:
        return None
    optimizer = {key: value for key, value in model.optimizer.get_config().items() if key != "name"}
    rate = optimizer["learning_rate"]
    if isinstance(rate, dict):
        rate["config"].pop("name", None)
    loss = keras.losses.get(model._compile_loss._user_loss)
    settings = loss.get_config() if hasattr(loss, "get_config") else loss.__name__
    return type(model.optimizer).__name__, optimizer, settings


def original(base):
    """Returns the model that Keras wrote, if this Keras can read it."""
    try:
        if os.path.exists(base + ".keras"):
            return keras.saving.load_model(base + ".keras")
        if not os.path.exists(base + ".json"):
            return keras.saving.load_model(base + ".h5", compile=False)  # Keras 3 loses the settings of Keras 2's optimizers
        with open(base + ".json") as file:
            return keras.models.model_from_json(file.read())
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def check(path, base):
    model = keras.saving.load_model(path)
    stored = np.load(base + ".npz")
    for name, weight in named(model):
        if "before/" + name not in stored.files:  # Keras 2 uses a different name
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
        if compiled(before) not in (None, compiled(model)):
            raise ValueError(f"{path}: compiled with {compiled(model)}, was {compiled(before)}")
    return before is not None, before is not None and compiled(before) is not None


def run(options):
    paths = sorted(glob.glob(os.path.join(options.written, "*.keras")))
    if not paths:
        raise ValueError(f"{options.written}: no .keras files")
    compared, recipes = 0, 0
    for path in paths:
        layers, recipe = check(path, os.path.join(options.fixtures, os.path.basename(path)[: -len(".keras")]))
        compared, recipes = compared + layers, recipes + recipe
    print(f"{len(paths)} networks, {compared} with the settings of the original, {recipes} of these with its optimizer and loss")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("written")
    parser.add_argument("fixtures")
    sys.exit(program.attempt("kerascheck.py", run, parser.parse_args()))


if __name__ == "__main__":
    main()
