#!/usr/bin/env python3
"""Trains mnist-mlp-relu with tf_keras under MultiWorkerMirroredStrategy, in two processes of this machine.

    tflab init mnist-mlp-relu --seed 1 --out weights.npz
    multiworker.py --data DIR --weights weights.npz --limit 6000 --epochs 3

The examples are used in their order, as with tflab train --shuffle=false. The program
prints the loss of each epoch and the milliseconds per step. Keras 3's fit does not work
with this strategy; scripts/reference/setup-release tf-keras-2.18 prints the path of a
Python with tf_keras.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

BATCH = 128


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read(data):
    """Returns MNIST's training images and labels, as found by data.py."""
    import data as files

    return files.load("mnist", data)[0]


def worker(a):
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import numpy as np
    import tensorflow as tf
    import tf_keras as keras

    tf.config.threading.set_intra_op_parallelism_threads(1)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    images, labels = read(a.data)
    images, labels = images[: a.limit].reshape(-1, 784).astype("float32") / 255, labels[: a.limit].astype("int64")
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(BATCH).with_options(options)
    with strategy.scope():
        model = keras.Sequential([keras.layers.Dense(256, "relu", input_shape=(784,)), keras.layers.Dense(10, "softmax")])
        model.compile(keras.optimizers.RMSprop(0.001, rho=0.9, epsilon=1e-7), "sparse_categorical_crossentropy", ["accuracy"])
        with np.load(a.weights) as w:
            model.set_weights([w[k] for k in ("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias")])
    for epoch in range(a.epochs):
        begun = time.perf_counter()
        history = model.fit(batches, epochs=1, verbose=0, shuffle=False).history
        if a.worker == 0:
            steps = -(-a.limit // BATCH)
            print(f"epoch {epoch} loss {history['loss'][0]:.9g} accuracy {history['accuracy'][0]:.6g} {1e3 * (time.perf_counter() - begun) / steps:.2f} ms a step", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--data", required=True)
    p.add_argument("--weights", required=True)
    p.add_argument("--limit", type=int, default=6000)
    p.add_argument("--epochs", type=int, default=3)
    p.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.worker is not None:
        worker(a)
        return 0
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    workers = []
    for i in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": i}}
        env = dict(os.environ, TF_CONFIG=json.dumps(config), TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
        workers.append(subprocess.Popen([sys.executable, __file__, *sys.argv[1:], "--worker", str(i)], env=env))
    return max(abs(w.wait()) for w in workers)


if __name__ == "__main__":
    sys.exit(main())
