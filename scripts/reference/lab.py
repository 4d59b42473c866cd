#!/usr/bin/env python3
"""Trains a network of the lab or of a Keras file with Keras, and writes a run folder like tflab's.

    lab.py mnist-cnn --data DIR --epochs 3 --out runs/keras

The folder holds history.csv, history.json, weights.npz, config.json,
timing.json and, with --test-predictions, predictions.npy (the probabilities of the test
set, float32, n x 10).
"""

import argparse
import math
import os
import sys

import program


def flag(text):
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"got {text}, want true or false")
    return text.lower() == "true"


def at_least(smallest):
    def number(text):
        value = int(text)
        if value < smallest:
            raise argparse.ArgumentTypeError(f"got {value}, want {smallest} or more")
        return value

    return number


def device(text):
    kind, _, number = text.partition(":")
    if text not in ("cpu", "gpu") and (kind != "gpu" or not number.isdigit()):
        raise argparse.ArgumentTypeError(f"got {text}, want cpu, gpu or gpu:N")
    return text


def share(text):
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"got {value}, want 0 or more and less than 1")
    return value


def arguments(line=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("network", help="mnist-mlp-linear, mnist-mlp-relu, mnist-cnn, mnist-cnn-dropout, cifar10-cnn or cifar10-resnet8, or a .keras, .json or .h5")
    add("--rewritten", help="FILE.json: a copy of the network written by tflab, used if this Keras cannot read the file")
    add("--data", default=os.environ.get("TFLAB_DATA", os.path.expanduser("~/.keras/datasets")), help="folder of the data files")
    add("--dataset", choices=["mnist", "cifar10", "images"], help="default: the network's own data set; images is a file images.npz like Keras's mnist.npz")
    add("--out", default="runs/keras", help="the run's folder")
    add("--limit", type=at_least(1), help="only the first N training examples, before the validation split")
    add("--epochs", type=at_least(1))
    add("--batch-size", type=at_least(1))
    add("--optimizer", choices=["rmsprop", "adadelta", "sgd", "adam", "adamw", "nadam", "adamax", "adagrad", "ftrl"])
    add("--learning-rate", type=float)
    add("--decay", type=float, help="rate / (1 + decay * batches done)")
    add("--epsilon", type=float, help="of the optimizer")
    add("--semantics", choices=["keras3", "keras2"], default="keras3", help="the optimizers' formulas")
    add("--validation-split", type=share, help="share of the training examples, the last ones, for validation")
    add("--validation", choices=["test", "none"], help="validate on the test set or not at all, instead of on a split")
    add("--shuffle", type=flag, default=True, metavar="true|false")
    add("--order", help="FILE.npy: epochs x n training examples (those left by the split), the order in each epoch")
    add("--no-dropout", action="store_true")
    add("--seed", type=int, help="of Keras's own random numbers")
    add("--initial-weights", help="FILE.npz, as weights.npz")
    add("--threads", type=at_least(1), help="of the backend; default: as many as there are cores")
    add("--device", type=device, metavar="cpu|gpu|gpu:N", help="train only on this device; default: TensorFlow's choice")
    add("--precision", choices=["float32", "mixed_bfloat16", "mixed_float16"], default="float32")
    add("--steps-per-execution", type=at_least(1), default=1)
    add("--jit-compile", choices=["auto", "true", "false"], default="auto", help="XLA")
    add("--test-predictions", action="store_true", help="write predictions.npy")
    add("--verbose", type=int, choices=[0, 1, 2], default=2)
    return parser.parse_args(line)


def settings(options, network):
    """Returns the network's recipe, with the overrides of the command line."""
    for name in ("dataset", "optimizer", "batch_size", "epochs", "decay"):
        if getattr(options, name) is None:
            setattr(options, name, getattr(network, name))
    if options.learning_rate is None and options.optimizer == network.optimizer:
        options.learning_rate = network.learning_rate
    if options.validation is not None:
        options.validation_split = 0.0
    elif options.validation_split is None:
        options.validation_split = network.validation_split
    if options.validation is None:
        options.validation = "split" if options.validation_split else "test"


def read_order(path, epochs, examples):
    import numpy as np

    order = np.load(path, allow_pickle=False)
    if order.shape != (epochs, examples):
        raise ValueError(f"{path}: has the shape {order.shape}, want {(epochs, examples)}: a row of all training examples an epoch")
    if not (np.sort(order, axis=1) == np.arange(examples)).all():
        raise ValueError(f"{path}: a row is not an order of the numbers 0 to {examples - 1}")
    return order.astype(int)  # tflab writes orders as float32


def cut(options, examples):
    """Returns the number of training examples without the validation split, as in Keras."""
    return math.floor(examples * (1 - options.validation_split))


def fit(model, options, training, test, recorder):
    common = dict(batch_size=options.batch_size, callbacks=[recorder], verbose=options.verbose)
    images, labels = training
    if options.order is None:
        model.fit(
            images, labels, epochs=options.epochs, shuffle=options.shuffle, validation_split=options.validation_split,
            validation_data=test if options.validation == "test" else None, **common,
        )
        return
    # Keras does not accept an order of examples, so each epoch is a separate call of fit.
    kept = cut(options, len(images))
    held_out = {"split": (images[kept:], labels[kept:]), "test": test, "none": None}[options.validation]
    for epoch, order in enumerate(read_order(options.order, options.epochs, kept)):
        model.fit(images[order], labels[order], initial_epoch=epoch, epochs=epoch + 1, shuffle=False, validation_data=held_out, **common)


def prepare(part, model, limit=None):
    """Returns pixels from 0 to 1 in the model's input shape, and labels, one-hot unless the loss takes class numbers."""
    import filenetwork
    import keras

    images, labels = part[0][:limit].astype("float32") / 255, part[1][:limit]
    if not filenetwork.takes_classes(model.loss):
        labels = keras.utils.to_categorical(labels, model.output_shape[-1])
    return images.reshape(len(images), *model.input_shape[1:]), labels


def write_report(options, network, recorder, score, start, training):
    import backends
    import measures

    versions = backends.versions()
    out = options.out
    measures.write_json(os.path.join(out, "history.json"), {**recorder.columns(), "test": {"loss": score[0], "accuracy": score[1]}})
    measures.write_json(os.path.join(out, "config.json"), {"program": "keras", **vars(options), **network.identity(options.network), "versions": versions})
    steps = -(-training // options.batch_size)
    measures.write_json(os.path.join(out, "timing.json"), {
        "import_seconds": start,
        "startup_seconds": recorder.first_step,
        "steps_per_epoch": steps,
        "step_seconds": [row["train_seconds"] / steps for row in recorder.rows],
        "total_seconds": measures.process_age(),
        "peak_rss_bytes": measures.peak_memory(),
        "cores": os.cpu_count(),
        "devices": backends.devices(),
        "versions": versions,
    })


def configure(options):
    """Configures the backend before its first use, and returns the completed recipe of the network."""
    import backends
    import networks

    backends.choose_device(options.device)
    backends.set_threads(options.threads)
    if options.precision != "float32":
        networks.keras.mixed_precision.set_global_policy(options.precision)
    if options.seed is not None:
        networks.keras.utils.set_random_seed(options.seed)
    network = networks.find(options.network, options.rewritten)
    settings(options, network)
    return network


def compiled(options, network):
    import networks
    import weights

    model = network.build(not options.no_dropout)
    if options.initial_weights:
        weights.assign(model, weights.read(options.initial_weights), options.initial_weights)
    epsilon = {} if options.epsilon is None else {"epsilon": options.epsilon}
    if options.optimizer is None:
        optimizer = network.compiled_optimizer(options.learning_rate, options.decay, options.semantics)
    else:
        optimizer = networks.optimizer(options.optimizer, options.learning_rate, options.decay, options.semantics, **epsilon)
    model.compile(
        optimizer=optimizer,
        loss=network.loss(),
        metrics=["accuracy"],
        steps_per_execution=options.steps_per_execution,
        jit_compile={"auto": "auto", "true": True, "false": False}[options.jit_compile],
    )
    return model


def run(options):
    os.makedirs(options.out, exist_ok=True)
    import numpy as np

    import data
    import measures
    import records
    import weights

    start = measures.process_age()
    network = configure(options)
    model = compiled(options, network)
    training, test = data.load(options.dataset, options.data)
    training, test = prepare(training, model, options.limit), prepare(test, model)
    recorder = records.Recorder(os.path.join(options.out, "history.csv"))
    fit(model, options, training, test, recorder)
    score = model.evaluate(*test, batch_size=options.batch_size, verbose=0)
    if options.test_predictions:
        predicted = model.predict(test[0], batch_size=options.batch_size, verbose=0)
        np.save(os.path.join(options.out, "predictions.npy"), network.probabilities(predicted))
    weights.write_model(os.path.join(options.out, "weights.npz"), model)
    write_report(options, network, recorder, score, start, cut(options, len(training[0])))
    print(f"test loss {score[0]:.4f} accuracy {score[1]:.4f}")


if __name__ == "__main__":
    sys.exit(program.attempt("lab.py", run, arguments()))
