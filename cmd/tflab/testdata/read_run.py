"""Prints a run's folder as TensorFlow's and TensorBoard's own readers see it.

    python read_run.py RUN
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

NOTE = "tflab/note"


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def events(folder):
    return EventAccumulator(folder, size_guidance={"histograms": 0, "scalars": 0}).Reload()


def scalars(reader):
    return {
        tag: [(e.step, e.value) for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]
    }


def histogram(found):
    return {
        "steps": [e.step for e in found],
        **{k: [getattr(e.histogram_value, k) for e in found] for k in ("num", "min", "max")},
    }


def main(run):
    weights = dict(np.load(os.path.join(run, "weights.npz")))
    folder = os.path.join(run, "checkpoint")
    checkpoint = tf.train.load_checkpoint(folder)
    names = set(checkpoint.get_variable_to_shape_map())
    train = events(os.path.join(run, "tensorboard", "train"))
    print(json.dumps({
        "newest": os.path.basename(tf.train.latest_checkpoint(folder)),
        "tensors": {
            name: {"same": name in names and same(value, checkpoint.get_tensor(name))}
            for name, value in weights.items()
        },
        "others": sorted(names - set(weights)),
        "note": json.loads(bytes(checkpoint.get_tensor(NOTE))),
        "train": scalars(train),
        "validation": scalars(events(os.path.join(run, "tensorboard", "validation"))),
        "histograms": {tag: histogram(train.Histograms(tag)) for tag in train.Tags()["histograms"]},
        "extremes": {
            name: {"num": value.size, "min": float(value.min()), "max": float(value.max())}
            for name, value in weights.items()
        },
        "graph": len(train.Graph().node),
    }))


main(sys.argv[1])
