"""Writes the SavedModels of testdata/savedmodel, with inputs and predictions:

  keras    a small convolutional network with BatchNormalization, by Keras's
           model.export
  module   a tf.Module with another signature: two inputs, two outputs,
           none of them images
  pixels   a tf.Module that takes rows of 64 bytes, whose signature is not
           named serving_default

    python saved_models.py FOLDER
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def export_keras(folder):
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(3, 3),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(7)
    for v in model.variables:  # moving averages as after training, instead of 0 and 1
        v.assign(np.abs(rng.normal(0.5, 0.3, v.shape)) if "moving" in v.path else rng.normal(0, 0.5, v.shape))
    x = rng.random((5, 6, 6, 1), np.float32)
    save_arrays(folder, image=x, probabilities=model.predict(x, verbose=0))
    model.export(os.path.join(folder, "keras"), verbose=False)


class Scores(tf.Module):
    def __init__(self, rng):
        self.kernel = tf.Variable(rng.normal(0, 1, (8, 3)).astype(np.float32), name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([None, 8], tf.float32), tf.TensorSpec([], tf.float32)])
    def score(self, features, temperature):
        logits = features @ self.kernel / temperature
        return {"scores": tf.nn.softmax(logits), "winner": tf.argmax(logits, -1)}


class Pixels(tf.Module):
    def __init__(self, rng):
        self.kernel = tf.Variable(rng.normal(0, 1, (64, 3)).astype(np.float32), name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([None, 64], tf.uint8)])
    def classify(self, pixels):
        return {"scores": tf.nn.softmax(tf.cast(pixels, tf.float32) / 255.0 @ self.kernel)}


def export_modules(folder):
    rng = np.random.default_rng(8)
    scores = Scores(rng)
    features = rng.random((4, 8), np.float32)
    out = scores.score(features, 0.5)
    save_arrays(folder, features=features, scores=out["scores"], winner=out["winner"])
    tf.saved_model.save(scores, os.path.join(folder, "module"), signatures={"score": scores.score})

    pixels = Pixels(rng)
    x = rng.integers(0, 256, (3, 64), np.uint8)
    save_arrays(folder, pixels=x, pixel_scores=pixels.classify(x)["scores"])
    tf.saved_model.save(pixels, os.path.join(folder, "pixels"), signatures={"classify": pixels.classify})


def save_arrays(folder, **arrays):
    for name, array in arrays.items():
        np.save(os.path.join(folder, name + ".npy"), np.asarray(array))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    export_keras(sys.argv[1])
    export_modules(sys.argv[1])
