#!/usr/bin/env python3
"""Builds and compares the published networks of scripts/foreign.

    foreign.py build NETWORK FILE.keras        built and compiled by Keras
    foreign.py step NETWORK COMPARISON DATASET how far the weights after one step of SGD are
                                               from those that Keras computes in float64
    foreign.py predict FILE.keras COMPARISON DATASET
                                               how far Keras's predictions are from tflab's
"""

import os
import sys

import program  # first: it silences TensorFlow's log

import keras
import numpy as np
from keras import layers

import data
import filenetwork
import weights

BATCH = 32


def mnist_convnet():
    """https://keras.io/examples/vision/mnist_convnet"""
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ], name="mnist_convnet")


def application(constructor):
    return constructor(input_shape=(32, 32, 3), classes=10, weights=None)


NETWORKS = {
    "mnist_convnet": mnist_convnet,
    "mobilenet": lambda: application(keras.applications.MobileNet),
    "resnet50": lambda: application(keras.applications.ResNet50),
}


def build(name, path):
    keras.utils.set_random_seed(1)
    model = NETWORKS[name]()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.save(path)
    print(f"{path}: {len(model.layers)} layers, {model.count_params():,} parameters")


def apart(ours, theirs):
    """Returns the largest difference, relative for numbers larger than 1."""
    return np.max(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)))


def step(name, comparison, dataset):
    keras.backend.set_floatx("float64")
    model = NETWORKS[name]()
    weights.assign(model, weights.read(os.path.join(comparison, "initial.npz")), "initial.npz")
    filenetwork.without_chance(model)
    (images, labels), _ = data.load(dataset, os.path.join(comparison, "reference", "data"))
    model.compile(optimizer=keras.optimizers.SGD(), loss="categorical_crossentropy", jit_compile=False)
    model.train_on_batch(images[:BATCH].astype("float64") / 255, keras.utils.to_categorical(labels[:BATCH], 10))
    exact = {path: weight.numpy() for path, weight in weights.named(model)}
    far = {}
    for side in ("keras", "tflab"):
        after = weights.read(os.path.join(comparison, side, "weights.npz"))
        far[side] = max(apart(after[path], exact[path]) for path in exact)
    print(f"difference of the weights after a step from those in float64: Keras {far['keras']:.1e}, tflab {far['tflab']:.1e}")
    if not far["tflab"] <= max(1e-5, 4 * far["keras"]):
        raise ValueError("tflab's difference from float64 is larger than 1e-5 and than four times Keras's")


def predict(path, comparison, dataset):
    model = keras.saving.load_model(path)
    images = data.load(dataset, os.path.join(comparison, "reference", "data"))[1][0].astype("float32") / 255
    stored = np.load(os.path.join(comparison, "tflab", "predictions.npy"), allow_pickle=False)
    far = np.abs(model.predict(images, verbose=0) - stored).max()
    print(f"difference of the export's predictions from tflab's: {far:.1e}")
    if not far <= 1e-5:
        raise ValueError(f"{path}: Keras's predictions differ from tflab's by {far:.1e}, want at most 1e-5")


COMMANDS = {"build": build, "step": step, "predict": predict}


def run(words):
    if not words or words[0] not in COMMANDS:
        raise ValueError(f"want one of {', '.join(COMMANDS)}\n{__doc__}")
    COMMANDS[words[0]](*words[1:])


if __name__ == "__main__":
    sys.exit(program.attempt("foreign.py", run, sys.argv[1:]))
