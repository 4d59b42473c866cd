"""The lab's networks in Keras, as in the assignment, with their recipes."""

from dataclasses import dataclass
from typing import Callable, Optional

import keras
from keras.layers import (
    Activation, Add, BatchNormalization, Conv2D, Dense, Dropout, Flatten, GlobalAveragePooling2D, Input, MaxPooling2D,
)

import filenetwork


def mnist_mlp(activation):
    return keras.Sequential([
        Input((28, 28, 1)),
        Flatten(),
        Dense(256, activation=activation),
        Dense(10, activation="softmax"),
    ])


def mnist_cnn(dropout):
    model = keras.Sequential([
        Input((28, 28, 1)),
        Conv2D(32, (3, 3), activation="relu"),
        Conv2D(64, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
    ])
    if dropout:
        model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    if dropout:
        model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    return model


def cifar10_cnn(dropout):
    model = keras.Sequential([Input((32, 32, 3))])
    for _ in range(2):
        model.add(Conv2D(32, (3, 3), padding="same", activation="relu"))
        model.add(Conv2D(32, (3, 3), activation="relu"))
        model.add(MaxPooling2D((2, 2)))
        if dropout:
            model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(512, activation="relu"))
    if dropout:
        model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    return model


def normalized(x, filters, kernel, strides=1):
    x = Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return BatchNormalization(momentum=0.9)(x)


def residual(x, filters, strides):
    """Adds a block of He et al. (2016). A block with strides projects its shortcut."""
    y = Activation("relu")(normalized(x, filters, 3, strides))
    y = normalized(y, filters, 3)
    if strides > 1:
        x = normalized(x, filters, 1, strides)
    return Activation("relu")(Add()([y, x]))


def resnet(shape, first, stages):
    """Returns a residual network, given the filters of its first convolution, and the filters and strides of its blocks."""
    inputs = Input(shape)
    x = Activation("relu")(normalized(inputs, first, 3))
    for filters, strides in stages:
        x = residual(x, filters, strides)
    return keras.Model(inputs, Dense(10, activation="softmax")(GlobalAveragePooling2D()(x)))


@dataclass(frozen=True)
class Network:
    build: Callable[[bool], keras.Model]  # argument: whether to include dropout
    dataset: str
    optimizer: str
    batch_size: int
    epochs: int
    learning_rate: Optional[float] = None  # None: Keras's default
    decay: float = 0.0
    validation_split: float = 0.0  # 0: validate on the test set

    def identity(self, name):
        """Returns the entries of config.json for a network with this name."""
        return {"network": name}

    def probabilities(self, predicted):
        return predicted

    def loss(self):
        return "categorical_crossentropy"


NETWORKS = {
    "mnist-mlp-linear": Network(lambda dropout: mnist_mlp(None), "mnist", "rmsprop", 128, 12, validation_split=0.2),
    "mnist-mlp-relu": Network(lambda dropout: mnist_mlp("relu"), "mnist", "rmsprop", 128, 12, validation_split=0.2),
    "mnist-cnn": Network(lambda dropout: mnist_cnn(False), "mnist", "adadelta", 128, 6, validation_split=0.2),
    "mnist-cnn-dropout": Network(mnist_cnn, "mnist", "adadelta", 128, 6, validation_split=0.2),
    "cifar10-cnn": Network(cifar10_cnn, "cifar10", "rmsprop", 32, 20, learning_rate=1e-4, decay=1e-6),
    "cifar10-resnet8": Network(lambda dropout: resnet((32, 32, 3), 16, [(16, 1), (32, 2), (64, 2)]), "cifar10", "adam", 128, 20),
}


def find(name, rewritten=None):
    """Returns a network of the lab or of a Keras file. Its layers have Keras's default names: conv2d, conv2d_1, dense, ..."""
    keras.backend.clear_session()  # otherwise Keras would continue the numbering of an earlier model
    if filenetwork.is_file(name):
        return filenetwork.FileNetwork(name, rewritten)
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name}, want one of {', '.join(NETWORKS)}, or a file of Keras: .keras, .json or .h5")
    return NETWORKS[name]


def build(name, dropout=True):
    return find(name).build(dropout)


OPTIMIZERS = {
    "rmsprop": keras.optimizers.RMSprop,
    "adadelta": keras.optimizers.Adadelta,
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "adamax": keras.optimizers.Adamax,
    "adagrad": keras.optimizers.Adagrad,
    "ftrl": keras.optimizers.Ftrl,
}


class OlderRMSprop(keras.optimizers.RMSprop):
    """RMSprop of Keras 2, which adds epsilon outside the root."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self._velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.rho * velocity + (1 - self.rho) * keras.ops.square(gradient))
        self.assign_sub(variable, learning_rate * gradient / (keras.ops.sqrt(velocity) + self.epsilon))


def optimizer(name, learning_rate=None, decay=0.0, semantics="keras3", **settings):
    """Returns an optimizer. decay divides its rate by 1 + decay * (batches done).

    Semantics keras2 follows the formulas of keras2.py.
    """
    make = OPTIMIZERS[name]
    if semantics == "keras2" and name == "rmsprop":
        make = OlderRMSprop
    if learning_rate is None:
        learning_rate = 1.0 if semantics == "keras2" and name == "adadelta" else float(make().learning_rate)
    if decay:
        learning_rate = keras.optimizers.schedules.InverseTimeDecay(learning_rate, decay_steps=1, decay_rate=decay)
    return make(learning_rate=learning_rate, **settings)
