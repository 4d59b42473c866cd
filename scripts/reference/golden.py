#!/usr/bin/env python3
"""Writes testdata/reference: Keras's results, with which the tests compare.

    golden.py [FOLDER]

testdata/reference/README.md describes the files. The inputs come from a fixed formula
instead of a random generator, so that they are the same on every machine. The results are
Keras's.
"""

import os
import sys

import program  # first: it silences TensorFlow's log

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.src.trainers.data_adapters.array_slicing import train_validation_split

import keras2
import measures
import networks
import weights

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testdata", "reference")

# Keras's optimizers with their default rates, and the settings that the lab uses.
OPTIMIZERS = {
    "rmsprop": ("rmsprop", {}),
    "rmsprop-decay": ("rmsprop", {"learning_rate": 1e-4, "decay": 1e-2}),
    "adadelta": ("adadelta", {}),
    "adadelta-1": ("adadelta", {"learning_rate": 1.0}),
    "sgd": ("sgd", {}),
    "sgd-momentum": ("sgd", {"momentum": 0.9}),
    "sgd-nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "adam": ("adam", {}),
}


def wave(*shape, phase=0.0, scale=1.0):
    """Returns irregular but reproducible float32 values within ±scale."""
    steps = np.arange(np.prod(shape), dtype=np.float64)
    return (scale * np.sin(12.9898 * steps + 78.233 * phase + 0.1 * steps * steps)).astype(np.float32).reshape(shape)


def floats(array):
    return [float(value) for value in np.asarray(array).reshape(-1)]


def optimizers():
    """Computes five steps of each optimizer on six numbers with given gradients."""
    initial = np.array([1, -2, 0.5, 0, 100, -1e-3], np.float32)
    gradients = np.stack([wave(6, phase=1 + step) for step in range(5)])
    gradients[:, 3] = 0  # never moved
    gradients[1:, 2] = 0  # moved once, then only by the slots
    gradients[:, 4] *= 1000
    gradients[:, 5] *= 1e-6  # where epsilon matters
    cases = {}
    for name, (kind, settings) in OPTIMIZERS.items():
        optimizer = networks.optimizer(kind, **settings)
        variable = keras.Variable(initial)
        steps = []
        for gradient in gradients:
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
            steps.append(floats(variable.numpy()))
        cases[name] = {"optimizer": kind, "settings": settings, "keras3": steps}
    for name, (kind, settings) in keras2.CASES.items():
        cases.setdefault(name, {"optimizer": kind, "settings": settings})
        cases[name]["keras2"] = [floats(step) for step in keras2.steps(kind, initial, gradients, **settings)]
    return {"initial": floats(initial), "gradients": [floats(gradient) for gradient in gradients], "cases": cases}


def initializers():
    """Computes bounds, mean and variance of Keras's initial values for each weight of the lab's networks."""
    keras.utils.set_random_seed(1)
    result = {}
    for name in networks.NETWORKS:
        for path, weight in weights.named(networks.build(name)):
            values = weight.numpy().astype(np.float64)
            *window, fan_in, fan_out = values.shape if values.ndim > 1 else (0, 0)
            area = int(np.prod(window)) if window else 1
            limit = float(np.sqrt(6 / (area * (fan_in + fan_out)))) if fan_in else 0.0
            result.setdefault(name, {})[path] = {
                "shape": list(values.shape),
                "limit": limit,
                "min": float(values.min()),
                "max": float(values.max()),
                "mean": float(values.mean()),
                "variance": float(values.var()),
            }
    return result


def schedules():
    """Computes the rate of InverseTimeDecay, which the lab's decay uses, after some numbers of batches."""
    result = []
    for rate, decay in ((1e-4, 1e-6), (1e-3, 1e-2), (1.0, 0.5)):
        schedule = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
        iterations = [0, 1, 2, 10, 1250, 31249, 1000000]
        result.append({
            "learning_rate": rate,
            "decay": decay,
            "iterations": iterations,
            "rates": floats([schedule(done) for done in iterations]),
        })
    return result


def splits():
    """Computes the first validation example of n examples in Keras."""
    result = []
    for n in (2, 5, 7, 10, 101, 500, 999, 6400, 16000, 50000, 60000):
        for split in (0.1, 0.2, 0.25, 0.3, 1 / 3, 0.5, 0.7, 0.9):
            if 0 < int(n * (1 - split)) < n:
                training, _ = train_validation_split((np.zeros(n),), split)
                result.append({"n": n, "split": split, "cut": len(training[0])})
    return result


def small(name):
    """Builds networks like those of the lab, small enough for a file."""
    keras.backend.clear_session()
    if name == "resnet":
        return networks.resnet((8, 8, 3), 4, [(4, 1), (6, 2)])
    head = [Flatten(), Dense(7, activation="relu"), Dense(10, activation="softmax")]
    if name == "mlp":
        return keras.Sequential([Input((6, 5, 1)), *head])
    if name == "cnn":
        return keras.Sequential([Input((9, 10, 1)), Conv2D(3, 3, activation="relu"), Conv2D(4, 3, activation="relu"), MaxPooling2D(2), *head])
    return keras.Sequential([
        Input((12, 12, 3)),
        Conv2D(2, 3, padding="same", activation="relu"), Conv2D(3, 3, activation="relu"), MaxPooling2D(2),
        Conv2D(4, 3, padding="same", activation="relu"), Conv2D(3, 3, activation="relu"), MaxPooling2D(2), *head,
    ])


def set_weights(model, phase):
    """Sets weights around a small positive number, so that few of the ReLUs are dead."""
    for i, (_, weight) in enumerate(weights.named(model)):
        values = 0.1 + wave(*weight.shape, phase=phase + i, scale=0.3)
        weight.assign(np.abs(values) + 0.5 if weight.name == "moving_variance" else values)


def examples(model, n):
    images = np.abs(wave(n, *model.input_shape[1:], phase=99))
    labels = (np.arange(n) * 7 + 3) % 10
    return images, labels, keras.utils.to_categorical(labels, 10)


def step(name):
    """Computes one batch of eight: forward pass, loss, gradients, and each optimizer's update."""
    model = small(name)
    set_weights(model, phase=1)
    images, labels, targets = examples(model, 8)
    arrays = {"images": images, "labels": labels}
    arrays.update({"before/" + path: weight.numpy() for path, weight in weights.named(model)})
    if len(model.trainable_weights) < len(model.weights):  # then inference differs from training
        arrays["inference"] = model(images, training=False).numpy()
    loss, probabilities, gradients = backward(model, images, targets)
    if min(np.count_nonzero(gradient) / gradient.size for gradient in gradients) < 0.5:
        raise ValueError(f"{name}: most of a weight's gradient is zero, which proves nothing; choose other weights")
    arrays["loss"], arrays["probabilities"] = loss, probabilities
    trained = [path for path, weight in weights.named(model) if weight.trainable]
    arrays.update({"gradient/" + path: gradient for path, gradient in zip(trained, gradients)})
    for optimizer, (kind, settings) in OPTIMIZERS.items():
        set_weights(model, phase=1)
        model.compile(optimizer=networks.optimizer(kind, **settings), loss="categorical_crossentropy")
        model.train_on_batch(images, targets)
        arrays.update({f"after/{optimizer}/{path}": weight.numpy() for path, weight in weights.named(model)})
    return arrays


def backward(model, images, targets):
    import tensorflow as tf

    @tf.function  # in a graph Keras computes the loss from the logits
    def run():
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(targets, probabilities))
        return loss, probabilities, tape.gradient(loss, model.trainable_weights)

    loss, probabilities, gradients = run()
    return loss.numpy(), probabilities.numpy(), [gradient.numpy() for gradient in gradients]


def uneven():
    """Trains on ten examples in batches of four, and records Keras's metrics and the final weights."""
    model = small("mlp")
    set_weights(model, phase=5)
    images, labels, targets = examples(model, 10)
    arrays = {"images": images, "labels": labels}
    arrays.update({"before/" + path: weight.numpy() for path, weight in weights.named(model)})
    model.compile(optimizer=networks.optimizer("sgd", 0.1), loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(images, targets, batch_size=4, epochs=3, shuffle=False, verbose=0).history
    arrays.update({name: np.array(values, np.float32) for name, values in history.items()})
    test = model.evaluate(images, targets, batch_size=4, verbose=0)
    arrays["test_loss"], arrays["test_accuracy"] = np.float32(test)
    arrays.update({"after/" + path: weight.numpy() for path, weight in weights.named(model)})
    return arrays


def run(folder):
    os.makedirs(folder, exist_ok=True)
    for make in (optimizers, initializers, schedules, splits):
        measures.write_json(os.path.join(folder, make.__name__ + ".json"), make())
    for name in ("mlp", "cnn", "cnn-same", "resnet"):
        weights.write(os.path.join(folder, f"step-{name}.npz"), step(name))
    weights.write(os.path.join(folder, "uneven.npz"), uneven())


if __name__ == "__main__":
    sys.exit(program.attempt("golden.py", run, sys.argv[1] if len(sys.argv) > 1 else FOLDER))
