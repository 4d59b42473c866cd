#!/usr/bin/env python3
"""Writes testdata/keras: small networks as Keras saves them, with Keras's results.

    kerasfiles.py [--tf-keras] [--only CASE,...] [FOLDER]

For each case, writes the network's files, and CASE-RELEASE.npz with images, labels, every
weight, the output, the loss of each training step, and after the last step every weight,
the learning rate of the next step and the loss of an evaluation. RELEASE is the release of
Keras that runs the program. Run it three times:

    $(scripts/reference/setup) kerasfiles.py
    $(scripts/reference/setup-release keras-3.15) kerasfiles.py
    $(scripts/reference/setup-release tf-keras-2.18) kerasfiles.py --tf-keras
"""

import argparse
import os
import sys

import program  # first: it silences TensorFlow's log

import numpy as np

import kerascases

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testdata", "keras")


def wave(*shape, phase=0.0, scale=1.0):
    """Returns irregular but reproducible float32 values within ±scale."""
    steps = np.arange(np.prod(shape), dtype=np.float64)
    return (scale * np.sin(12.9898 * steps + 78.233 * phase + 0.1 * steps * steps)).astype(np.float32).reshape(shape)


def named(model, prefix=""):
    """Returns the weights as (layer/weight, variable), including those of nested models."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from named(layer, f"{prefix}{layer.name}/")
        else:
            for weight in layer.weights:
                yield f"{prefix}{layer.name}/{weight.name.rpartition('/')[2].partition(':')[0]}", weight


def set_weights(model):
    for i, (name, weight) in enumerate(named(model)):
        values = wave(*weight.shape, phase=1 + i, scale=0.3)
        weight.assign(0.5 + np.abs(values) if name.endswith(("variance", "gamma")) else 0.1 + values)


def learning_rate(optimizer):
    """Returns the learning rate of the next step. In Keras 2 the property learning_rate is that of the last step."""
    rate = optimizer._learning_rate
    return np.float32(rate(optimizer.iterations) if callable(rate) else rate)


def run_case(keras, release, name, case, folder):
    keras.backend.clear_session()
    model = case.build(keras)
    model.compile(optimizer=case.optimizer(keras), loss=case.loss(keras), metrics=case.metrics(keras), jit_compile=False)
    set_weights(model)
    base = os.path.join(folder, f"{name}-{release}")
    for ending in case.formats[release]:
        if ending == "json":
            with open(base + ".json", "w") as file:
                file.write(model.to_json() + "\n")
        elif ending == "weights.h5":
            model.save_weights(base + ".weights.h5")
        else:
            model.save(f"{base}.{ending}")
    images = np.floor(256 * np.abs(wave(6, *model.input_shape[1:], phase=99))).astype(np.float32) / 255
    labels = (np.arange(6) * 7 + 1) % model.output_shape[-1]
    arrays = {"images": images, "labels": labels, "output": np.asarray(model(images, training=False))}
    arrays.update({f"before/{path}": weight.numpy() for path, weight in named(model)})
    if case.trains:
        sparse = "sparse" in str(getattr(model.loss, "name", model.loss))
        targets = labels if sparse else np.eye(model.output_shape[-1], dtype=np.float32)[labels]
        losses = []
        for _ in range(case.steps):
            model.reset_metrics()
            losses.append(model.train_on_batch(images, targets)[0])
        arrays["loss"] = np.float32(losses)
        arrays.update({f"after/{path}": weight.numpy() for path, weight in named(model)})
        arrays["learning_rate"] = learning_rate(model.optimizer)
        arrays["evaluated"] = np.float32(model.evaluate(images, targets, verbose=0)[0])
    np.savez_compressed(base + ".npz", **{key: np.asarray(array, np.float32) for key, array in arrays.items()})


def run(options):
    if options.tf_keras:
        import tf_keras as keras
    else:
        import keras
    release = ".".join(keras.__version__.split(".")[:2])
    os.makedirs(options.folder, exist_ok=True)
    only = options.only.split(",") if options.only else None
    for name, case in kerascases.CASES.items():
        if release in case.formats and (only is None or name in only):
            run_case(keras, release, name, case, options.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=FOLDER)
    parser.add_argument("--tf-keras", action="store_true", help="use tf-keras (Keras 2)")
    parser.add_argument("--only", help="write only these cases")
    sys.exit(program.attempt("kerasfiles.py", run, parser.parse_args()))


if __name__ == "__main__":
    main()
