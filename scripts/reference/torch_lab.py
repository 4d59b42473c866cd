#!/usr/bin/env python3
"""Trains one of the lab's networks with PyTorch on a CPU, and writes its times like lab.py.

    torch_lab.py mnist-cnn --data DIR --epochs 3 --out runs/pytorch

The images are in memory as channels_last tensors, and each batch is gathered by its indices,
without a DataLoader, which is PyTorch's fastest way for data of this size. The program
writes history.json and timing.json to the folder.
"""

import argparse
import math
import os
import sys
import time
from dataclasses import dataclass
from typing import Callable, Optional

import measures
import program


def arguments(line=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("network", help="mnist-mlp-linear, mnist-mlp-relu, mnist-cnn, mnist-cnn-dropout or cifar10-cnn")
    add("--data", required=True, help="folder of the data files")
    add("--out", default="runs/pytorch", help="the run's folder")
    add("--limit", type=int, help="only the first N training examples, before the validation split")
    add("--epochs", type=int)
    add("--seed", type=int, default=1)
    add("--validation", choices=["test", "none"], help="validate on the test set or not at all, instead of on a split")
    add("--threads", type=int, default=os.cpu_count())
    add("--precision", choices=["float32", "mixed_bfloat16"], default="float32")
    add("--compile", action="store_true", help="compile the step with torch.compile, which needs a C++ compiler")
    add("--device", choices=["cpu"], default="cpu")
    add("--verbose", type=int, choices=[0, 1, 2], default=2)
    return parser.parse_args(line)


def mnist_mlp(nn, activation):
    hidden = [nn.ReLU()] if activation else []
    return [nn.Flatten(), nn.Linear(784, 256), *hidden, nn.Linear(256, 10)]


def mnist_cnn(nn, dropout):
    drop = (lambda rate: [nn.Dropout(rate)]) if dropout else (lambda rate: [])
    return [
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), *drop(0.25),
        nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), *drop(0.5), nn.Linear(128, 10),
    ]


def cifar10_cnn(nn):
    layers = []
    for channels in (3, 32):
        layers += [
            nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        ]
    return layers + [nn.Flatten(), nn.Linear(32 * 6 * 6, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10)]


@dataclass(frozen=True)
class Network:
    layers: Callable
    dataset: str
    optimizer: Callable  # takes torch and the parameters
    batch: int
    epochs: int
    split: float = 0.0  # share of the training examples, the last ones, for validation; 0: validate on the test set
    decay: float = 0.0  # the rate is divided by 1 + decay * (batches done)


def rmsprop(rate):
    return lambda torch, parameters: torch.optim.RMSprop(parameters, rate, alpha=0.9, eps=1e-7, foreach=True)


def adadelta(torch, parameters):
    return torch.optim.Adadelta(parameters, 1e-3, rho=0.95, eps=1e-7, foreach=True)


NETWORKS = {
    "mnist-mlp-linear": Network(lambda nn: mnist_mlp(nn, False), "mnist", rmsprop(1e-3), 128, 12, 0.2),
    "mnist-mlp-relu": Network(lambda nn: mnist_mlp(nn, True), "mnist", rmsprop(1e-3), 128, 12, 0.2),
    "mnist-cnn": Network(lambda nn: mnist_cnn(nn, False), "mnist", adadelta, 128, 6, 0.2),
    "mnist-cnn-dropout": Network(lambda nn: mnist_cnn(nn, True), "mnist", adadelta, 128, 6, 0.2),
    "cifar10-cnn": Network(cifar10_cnn, "cifar10", rmsprop(1e-4), 32, 20, decay=1e-6),
}


def initialize(nn, model):
    """Initializes weights like Keras: glorot_uniform, and biases of 0."""
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


def tensors(torch, part, limit=None):
    """Returns images from 0 to 1, [n, channels, height, width] in channels_last memory order, and labels."""
    images, labels = part
    images = torch.tensor(images[:limit]).permute(0, 3, 1, 2)  # from [n, height, width, channels]
    return images.to(torch.float32).div_(255), torch.tensor(labels[:limit])


class Trainer:
    """A network with everything that a step needs. The metrics are tensors, which are read once per epoch."""

    def __init__(self, torch, network, options):
        self.torch, self.network = torch, network
        self.model = torch.nn.Sequential(*network.layers(torch.nn))
        initialize(torch.nn, self.model)
        self.model = self.model.to(memory_format=torch.channels_last)
        self.optimizer = network.optimizer(torch, self.model.parameters())
        self.rate = self.optimizer.param_groups[0]["lr"]
        self.half = options.precision == "mixed_bfloat16"
        self.forward = torch.compile(self.loss) if options.compile else self.loss
        self.steps = 0
        self.first_step = None  # seconds from the start of the process

    def loss(self, images, labels):
        with self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.half):
            logits = self.model(images)
        logits = logits.float()
        return self.torch.nn.functional.cross_entropy(logits, labels), (logits.argmax(1) == labels).sum()

    def step(self, images, labels):
        if self.network.decay:
            self.optimizer.param_groups[0]["lr"] = self.rate / (1 + self.network.decay * self.steps)
        self.optimizer.zero_grad(set_to_none=True)
        loss, correct = self.forward(images, labels)
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        if self.first_step is None:
            self.first_step = measures.process_age()
        return loss.detach(), correct

    def epoch(self, images, labels):
        self.model.train()
        order = self.torch.randperm(len(images))
        return self.over(order.split(self.network.batch), lambda rows: self.step(images[rows], labels[rows]), len(images))

    def evaluate(self, images, labels):
        self.model.eval()
        rows = self.torch.arange(len(images)).split(self.network.batch)
        with self.torch.inference_mode():
            return self.over(rows, lambda rows: self.loss(images[rows], labels[rows]), len(images))

    def over(self, batches, take, examples):
        total, hits = self.torch.zeros(()), self.torch.zeros((), dtype=self.torch.int64)
        for rows in batches:
            loss, correct = take(rows)
            total += loss * len(rows)
            hits += correct
        return total.item() / examples, hits.item() / examples


def train(trainer, options, training, validation):
    columns = {name: [] for name in ("epoch", "accuracy", "loss", "val_accuracy", "val_loss", "train_seconds", "seconds")}
    for epoch in range(options.epochs or trainer.network.epochs):
        begun = time.perf_counter()
        loss, accuracy = trainer.epoch(*training)
        trained = time.perf_counter()
        val_loss, val_accuracy = trainer.evaluate(*validation) if validation else (math.nan, math.nan)
        row = (epoch, accuracy, loss, val_accuracy, val_loss, trained - begun, time.perf_counter() - begun)
        for name, value in zip(columns, row):
            columns[name].append(value)
        if options.verbose:
            print(f"epoch {epoch + 1}: loss {loss:.4f} accuracy {accuracy:.4f} val_loss {val_loss:.4f} val_accuracy {val_accuracy:.4f}")
    return columns


def run(options):
    import torch

    import data

    if options.network not in NETWORKS:
        raise ValueError(f"unknown network {options.network}, want one of {', '.join(NETWORKS)}")
    start = measures.process_age()
    network = NETWORKS[options.network]
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    training, test = data.load(network.dataset, options.data)
    training, test = tensors(torch, training, options.limit), tensors(torch, test)
    validation = None if options.validation == "none" else test
    if network.split and options.validation is None:
        kept = math.floor(len(training[0]) * (1 - network.split))
        training, validation = [part[:kept] for part in training], [part[kept:] for part in training]
    trainer = Trainer(torch, network, options)
    columns = train(trainer, options, training, validation)
    loss, accuracy = trainer.evaluate(*test)
    os.makedirs(options.out, exist_ok=True)
    measures.write_json(os.path.join(options.out, "history.json"), {**columns, "test": {"loss": loss, "accuracy": accuracy}})
    measures.write_json(os.path.join(options.out, "timing.json"), {
        "import_seconds": start,
        "startup_seconds": trainer.first_step,
        "total_seconds": measures.process_age(),
        "peak_rss_bytes": measures.peak_memory(),
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__},
    })
    print(f"test loss {loss:.4f} accuracy {accuracy:.4f}")


if __name__ == "__main__":
    sys.exit(program.attempt("torch_lab.py", run, arguments()))
