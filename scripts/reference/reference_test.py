"""Tests of the reference: its readers, its weights, its order of examples.

    PYTHON -m unittest reference_test      with the Python that setup prints
"""

import contextlib
import csv
import gzip
import io
import json
import os
import pickle
import tarfile
import tempfile
import time
import unittest
from types import SimpleNamespace
from unittest import mock

import program  # first: it silences TensorFlow's log

import keras
import numpy as np

import backends
import convert
import data
import from_npz
import keras2
import lab
import networks
import records
import to_npz
import weights


def lab_gpus():
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.astype(np.uint8).tobytes()


def digits(n, phase=0):
    """Returns images that a network can learn, and their labels."""
    labels = (np.arange(n) + phase) % 10
    images = np.zeros((n, 28, 28), np.uint8)
    for image, label in zip(images, labels):
        image[2 * label : 2 * label + 4, 4:24] = 250
    return images, labels


class Mnist(InFolder):
    def files(self, compress):
        pack = gzip.compress if compress else bytes
        for part, n in (("train", 20), ("t10k", 10)):
            images, labels = digits(n)
            self.write(f"{part}-images-idx3-ubyte" + (".gz" if compress else ""), pack(idx(images)))
            self.write(f"{part}-labels-idx1-ubyte" + (".gz" if compress else ""), pack(idx(labels)))

    def test_reads_idx(self):
        for compress in (False, True):
            self.files(compress)
            (images, labels), (test, _) = data.load("mnist", self.folder)
            self.assertEqual((images.shape, test.shape), ((20, 28, 28, 1), (10, 28, 28, 1)))
            np.testing.assert_array_equal(images[..., 0], digits(20)[0])
            np.testing.assert_array_equal(labels, digits(20)[1])

    def test_reads_npz(self):
        (x, y), (a, b) = digits(20), digits(10)
        np.savez(self.path("mnist.npz"), x_train=x, y_train=y, x_test=a, y_test=b)
        (images, _), (_, labels) = data.load("mnist", self.folder)
        np.testing.assert_array_equal(images[..., 0], x)
        np.testing.assert_array_equal(labels, b)

    def test_refuses_what_is_wrong(self):
        images, labels = digits(20)
        for name, content, said in (
            ("train-images-idx3-ubyte", idx(images)[:-1], "bytes, want"),
            ("train-images-idx3-ubyte", b"\1" + idx(images)[1:], "begins with"),
            ("train-labels-idx1-ubyte", idx(labels[:-1]), "20 images but 19 labels"),
            ("train-labels-idx1-ubyte", idx(labels + 1), "labels from 1 to 10"),
        ):
            self.files(False)
            self.write(name, content)
            with self.subTest(said), self.assertRaisesRegex(ValueError, said):
                data.load("mnist", self.folder)
        with self.assertRaisesRegex(FileNotFoundError, "no cifar10"):
            data.load("cifar10", self.folder)


class Cifar(InFolder):
    def batches(self):
        rng = np.random.default_rng(1)
        names = data.CIFAR_BATCHES + ["test_batch"]
        return {name: (rng.integers(0, 256, (3, 3072), np.uint8), rng.integers(0, 10, 3).tolist()) for name in names}

    def test_every_form_reads_the_same(self):
        batches = self.batches()
        for name, (rows, labels) in batches.items():
            self.write(f"a/cifar-10-batches-bin/{name}.bin", np.column_stack([labels, rows]).astype(np.uint8).tobytes())
            self.write(f"b/cifar-10-batches-py/{name}", pickle.dumps({b"data": rows, b"labels": labels}, 2))
        for form, source, archive in (("c", "a/cifar-10-batches-bin", "binary"), ("d", "b/cifar-10-batches-py", "python")):
            with tarfile.open(self.path(form, f"cifar-10-{archive}.tar.gz"), "w:gz") as tar:
                tar.add(self.path(source), arcname=os.path.basename(source))
        for form in "abcd":
            (images, labels), (test, _) = data.load("cifar10", self.path(form))
            with self.subTest(form):
                self.assertEqual((images.shape, test.shape), ((15, 32, 32, 3), (3, 32, 32, 3)))
                np.testing.assert_array_equal(images[4, 1, 2], batches["data_batch_2"][0][1].reshape(3, 32, 32)[:, 1, 2])
                self.assertEqual(labels[3:6].tolist(), batches["data_batch_2"][1])

    def test_runs_nothing_from_a_pickle(self):
        for name in self.batches():
            self.write(f"cifar-10-batches-py/{name}", pickle.dumps(os.getcwd))
        with self.assertRaisesRegex(ValueError, "arrays only"):
            data.load("cifar10", self.folder)


class Weights(InFolder):
    def setUp(self):
        super().setUp()
        self.model = networks.build("mnist-mlp-relu")
        self.npz = self.path("weights.npz")
        weights.write_model(self.npz, self.model)

    def convert(self, file):
        from_npz.run(SimpleNamespace(npz=self.npz, network="mnist-mlp-relu", file=file))
        back = self.path("back.npz")
        to_npz.run(SimpleNamespace(file=file, npz=back, network="mnist-mlp-relu"))
        return weights.read(back)

    def test_goes_there_and_back(self):
        want = weights.read(self.npz)
        self.assertEqual(list(want), ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"])
        for name in ("model.keras", "model.weights.h5"):
            got = self.convert(self.path(name))
            self.assertEqual(list(got), list(want))
            for path in want:
                np.testing.assert_array_equal(got[path], want[path])

    def test_names_what_does_not_match(self):
        keras_file, h5 = self.path("model.keras"), self.path("model.weights.h5")
        self.model.save(keras_file)
        self.model.save_weights(h5)
        for file, network, said in (
            (keras_file, "mnist-cnn", "has 4 weight arrays .* mnist-cnn wants 8"),
            (h5, "mnist-cnn", "does not hold the weights of mnist-cnn"),
            (h5, None, "--network"),
            (h5, "lenet", "unknown network"),
        ):
            with self.subTest(file=file, network=network), self.assertRaisesRegex(ValueError, said):
                to_npz.run(SimpleNamespace(file=file, npz=self.path("x.npz"), network=network))

    def test_refuses_bad_arrays_and_sets_none(self):
        good = weights.read(self.npz)
        for change, said in (
            ({"dense/bias": np.full(256, np.nan)}, "NaN"),
            ({"dense_1/bias": np.zeros(11)}, r"shape \(11,\), the network wants \(10,\)"),
            ({"conv2d/bias": np.zeros(3)}, "not in the network conv2d/bias"),
        ):
            before = [weight.numpy() for _, weight in weights.named(self.model)]
            with self.subTest(said), self.assertRaisesRegex(ValueError, said):
                weights.assign(self.model, {**good, "dense/kernel": good["dense/kernel"] + 1, **change}, "file")
            for (_, weight), old in zip(weights.named(self.model), before):
                np.testing.assert_array_equal(weight.numpy(), old)

    def test_refuses_damaged_files(self):
        for name in ("x.keras", "x.weights.h5"):
            self.write(name, b"PK, or so it seems")
            with self.subTest(name), self.assertRaisesRegex(ValueError, "cut short"):
                convert.load(self.path(name), "mnist-cnn")
        with self.assertRaisesRegex(ValueError, "cut short"):
            weights.read(self.path("x.keras"))


class Keras2(unittest.TestCase):
    def test_the_unchanged_formulas_give_what_keras_3_gives(self):
        with open(os.path.join(os.path.dirname(__file__), "../../testdata/reference/optimizers.json")) as file:
            cases = json.load(file)["cases"]
        for name in ("sgd", "sgd-momentum", "sgd-nesterov", "adam"):
            with self.subTest(name):
                np.testing.assert_allclose(cases[name]["keras2"], cases[name]["keras3"], rtol=1e-6, atol=1e-8)

    def test_the_changed_ones_by_hand(self):
        w, g = np.array([2.0]), np.array([1e-5])
        root = np.sqrt(0.1) * 1e-5
        np.testing.assert_allclose(keras2.steps("rmsprop", w, g[None])[0], 2 - 0.001 * 1e-5 / (root + 1e-7), rtol=1e-15)
        moved = 1e-5 * np.sqrt(1e-7) / np.sqrt(0.05 * 1e-10 + 1e-7)
        np.testing.assert_allclose(keras2.steps("adadelta", w, g[None])[0], 2 - moved, rtol=1e-15)


class OlderFormulas(unittest.TestCase):
    def test_the_optimizers_follow_them(self):
        initial = np.linspace(-1, 1, 12).astype(np.float32)
        # From far above epsilon to far below it, where its position in the formula matters.
        gradients = np.array([np.roll(np.geomspace(1e-6, 1, 12), i) * (-1) ** i for i in range(5)], np.float32)
        for case, (kind, settings) in keras2.CASES.items():
            variable = networks.keras.Variable(initial)
            optimizer = networks.optimizer(kind, semantics="keras2", **settings)
            for gradient, want in zip(gradients, keras2.steps(kind, initial, gradients, **settings)):
                optimizer.apply([networks.keras.ops.convert_to_tensor(gradient)], [variable])
                np.testing.assert_allclose(variable.numpy(), want, rtol=1e-5, atol=1e-6, err_msg=case)

    def test_epsilon_stands_elsewhere(self):
        def moved(semantics):
            variable = networks.keras.Variable(np.zeros(1, np.float32))
            networks.optimizer("rmsprop", semantics=semantics).apply([networks.keras.ops.convert_to_tensor([1e-6])], [variable])
            return float(variable.numpy()[0])

        self.assertGreater(moved("keras2") / moved("keras3"), 100)


class Times(InFolder):
    def test_training_includes_steps_in_flight(self):
        recorder = records.Recorder(self.path("history.csv"))
        model = SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.1), variables=[SimpleNamespace(value=1), SimpleNamespace(value=2)])
        recorder.set_model(model)
        waited = []

        def slow(values):
            waited.append(values)
            time.sleep(0.05)

        with mock.patch.object(backends, "JAX", True), mock.patch.dict("sys.modules", jax=SimpleNamespace(block_until_ready=slow)):
            recorder.on_epoch_begin(0)
            recorder.on_test_begin()
        recorder.on_epoch_end(0, {"loss": 1.0})
        self.assertEqual(waited, [[1, 2]])
        self.assertGreaterEqual(recorder.rows[0]["train_seconds"], 0.05)


class Lab(InFolder):
    def setUp(self):
        super().setUp()
        (x, y), (a, b) = digits(50), digits(20, phase=3)
        np.savez(self.path("mnist.npz"), x_train=x, y_train=y, x_test=a, y_test=b)
        weights.write_model(self.path("initial.npz"), networks.build("mnist-mlp-relu"))

    def train(self, name, *flags, network="mnist-mlp-relu"):
        out = self.path(name)
        line = [network, "--data", self.folder, "--out", out, "--epochs", "2", "--batch-size", "16", "--verbose", "0"]
        options = lab.arguments([*line, "--initial-weights", self.path("initial.npz"), *flags])
        with contextlib.redirect_stdout(io.StringIO()):
            lab.run(options)
        with open(os.path.join(out, "history.csv")) as file:
            rows = list(csv.DictReader(file))
        return rows, weights.read(os.path.join(out, "weights.npz"))

    def same(self, a, b):
        return all((a[name] == b[name]).all() for name in a)

    def test_an_order_takes_the_place_of_the_shuffle(self):
        _, plain = self.train("plain", "--shuffle", "false")
        np.save(self.path("as-is.npy"), np.tile(np.arange(40), (2, 1)))
        np.save(self.path("turned.npy"), np.tile(np.arange(40, dtype=np.float32)[::-1], (2, 1)))
        _, ordered = self.train("ordered", "--order", self.path("as-is.npy"))
        _, turned = self.train("turned", "--order", self.path("turned.npy"))
        self.assertTrue(self.same(plain, ordered))
        self.assertFalse(self.same(plain, turned))

    def test_leaves_a_run_folder(self):
        rows, _ = self.train("run", "--test-predictions", "--decay", "0.5", "--optimizer", "sgd")
        self.assertEqual(
            list(rows[0]),
            ["epoch", "accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "train_seconds", "seconds"],
        )
        self.assertAlmostEqual(float(rows[1]["learning_rate"]), 0.01 / (1 + 0.5 * 6), places=6)  # 40 examples: 3 batches per epoch
        predictions = np.load(self.path("run", "predictions.npy"))
        self.assertEqual((predictions.shape, predictions.dtype), ((20, 10), np.float32))
        self.assertEqual(
            sorted(os.listdir(self.path("run"))),
            ["config.json", "history.csv", "history.json", "predictions.npy", "timing.json", "weights.npz"],
        )

    def test_without_validation(self):
        rows, _ = self.train("none", "--validation", "none")
        self.assertNotIn("val_loss", rows[0])

    def test_a_file_trains_as_it_says(self):
        model = networks.build("mnist-mlp-relu")
        weights.assign(model, weights.read(self.path("initial.npz")), "initial.npz")
        model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="sparse_categorical_crossentropy")
        model.save(self.path("network.keras"))
        rows, after = self.train("file", network=self.path("network.keras"))
        self.assertAlmostEqual(float(rows[0]["learning_rate"]), 0.05, places=6)
        images, labels = digits(50)
        model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(images.astype("float32")[..., None] / 255, labels, epochs=2, batch_size=16, shuffle=False, verbose=0)
        _, ordered = self.train("ordered", "--shuffle", "false", network=self.path("network.keras"))
        self.assertTrue(all(np.allclose(ordered[name], weight.numpy(), atol=1e-6) for name, weight in weights.named(model)))
        rows, _ = self.train("slower", "--learning-rate", "0.01", "--decay", "1", network=self.path("network.keras"))
        self.assertAlmostEqual(float(rows[0]["learning_rate"]), 0.01 / (1 + 4), places=6)

    def test_says_which_file_keras_cannot_read(self):
        self.write("text.keras", b"a text")
        with self.assertRaisesRegex(ValueError, "Keras 3.* cannot read .*text.keras"):
            self.train("bad", network=self.path("text.keras"))

    def test_refuses_a_gpu_that_is_not_there(self):
        if lab_gpus():
            self.skipTest("this machine has a GPU")
        with self.assertRaisesRegex(ValueError, "finds no GPU; run scripts/reference/setup --gpu"):
            backends.choose_device("gpu")
        backends.choose_device("cpu")

    def test_refuses_an_order_that_is_none(self):
        for order in (np.zeros((2, 40), int), np.tile(np.arange(50), (2, 1))):
            np.save(self.path("order.npy"), order)
            with self.assertRaisesRegex(ValueError, "order"):
                self.train("bad", "--order", self.path("order.npy"))


if __name__ == "__main__":
    unittest.main()
