"""The networks of testdata/keras, which together have every layer and option that tflab reads."""

from dataclasses import dataclass, field
from typing import Callable

ALL = {"3.8": ["keras", "h5", "json", "weights.h5"], "3.15": ["keras", "h5", "json", "weights.h5"], "2.18": ["keras", "h5", "json", "weights.h5"]}
USUAL = {"3.8": ["keras"], "3.15": ["json"], "2.18": ["json"]}
COMPILED = {"3.8": ["json"], "3.15": ["json"], "2.18": ["h5"]}  # tf-keras does not write the optimizer and the loss to JSON


@dataclass(frozen=True)
class Case:
    build: Callable  # takes the module keras, returns a model
    optimizer: Callable = lambda keras: keras.optimizers.SGD(0.1)
    loss: Callable = lambda keras: "categorical_crossentropy"
    metrics: Callable = lambda keras: ["accuracy"]
    steps: int = 1
    formats: dict = field(default_factory=lambda: USUAL)
    trains: bool = True  # False: training is random, with different numbers in Keras and tflab


def stack(shape, *layers, classes=3):
    """Returns a Sequential of the layers that a function returns, followed by a classifier."""

    def build(keras):
        L = keras.layers
        made = [layer for make in layers for layer in make(L, keras)]
        head = [L.Dense(classes, activation="softmax")]
        return keras.Sequential([keras.Input(shape), *made, *head])

    return build


def of(make):
    return lambda L, keras: make(L)


def residual(keras):
    L = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = L.Conv2D(4, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(image)
    x = L.BatchNormalization()(x)
    x = L.ReLU()(x)
    y = L.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = L.BatchNormalization()(y)
    x = L.Add()([x, y])
    x = L.Activation("relu", name="out")(x)
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(image, L.Dense(3, activation="softmax", name="classes")(x), name="residual")


def merges(keras):
    L = keras.layers
    image = keras.Input((6, 6, 2))
    a, b = (L.Conv2D(2, 1, name=name)(image) for name in "ab")
    merged = [
        L.Add()([a, b, image]), L.Subtract()([a, b]), L.Multiply()([a, b]), L.Average()([a, b]), L.Maximum()([a, b]),
        L.Concatenate(axis=-1)([a, b]),
    ]
    x = L.Concatenate()(merged)
    x = L.GlobalMaxPooling2D()(x)
    return keras.Model(image, L.Dense(3, activation="softmax")(x))


def shared(keras):
    L = keras.layers
    image = keras.Input((5, 5, 2))
    twice = L.Conv2D(2, 3, padding="same", activation="relu", name="twice")
    x = L.Flatten()(twice(twice(image)))
    return keras.Model(image, L.Dense(3, activation="softmax")(x), name="shared")


def nested(keras):
    L = keras.layers
    inner = keras.Sequential([keras.Input((6, 6, 3)), L.Conv2D(2, 3, activation="relu"), L.BatchNormalization()], name="inner")
    here = keras.Input((4, 4, 2))
    block = keras.Model(here, L.Add()([here, L.Conv2D(2, 3, padding="same")(here)]), name="block")
    image = keras.Input((6, 6, 3))
    x = L.GlobalAveragePooling2D()(block(inner(image)))
    return keras.Model(image, L.Dense(3, activation="softmax")(x), name="nested")


def deep(keras):
    L = keras.layers
    innermost = keras.Sequential([keras.Input((4, 4, 2)), L.Conv2D(2, 2)], name="innermost")
    middle = keras.Sequential([keras.Input((4, 4, 2)), innermost, L.ReLU()], name="middle")
    return keras.Sequential([keras.Input((4, 4, 2)), middle, L.Flatten(), L.Dense(3), L.Softmax()], name="deep")


def initializers(keras):
    L, I = keras.layers, keras.initializers
    kinds = [
        I.GlorotNormal(), I.HeNormal(), I.HeUniform(), I.LecunNormal(), I.LecunUniform(), I.Orthogonal(gain=1.5),
        I.RandomNormal(0.1, 0.2), I.RandomUniform(-0.1, 0.3), I.TruncatedNormal(stddev=0.1),
        I.VarianceScaling(2.0, "fan_out", "untruncated_normal"), I.Constant(0.25), I.Ones(), I.Zeros(),
    ]
    layers = [L.Dense(2, kernel_initializer=kind, bias_initializer=I.Constant(0.5)) for kind in kinds]
    return keras.Sequential([keras.Input((2, 2, 1)), L.Flatten(), *layers, L.Dense(3, activation="softmax")])


def small(keras):
    L = keras.layers
    return keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), L.Dense(3, activation="softmax")])


def logits(keras):
    L = keras.layers
    return keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), L.Dense(5, activation="tanh"), L.Dense(3)])


def frozen(keras):
    """Frozen layers. Their regularizers are part of the loss in Keras 2, but not in Keras 3."""
    L = keras.layers
    regularizer = None if keras.__version__.startswith("2.") else "l2"
    return keras.Sequential([
        keras.Input((6, 6, 2)), L.Conv2D(2, 3, trainable=False), L.BatchNormalization(trainable=False), L.ReLU(), L.BatchNormalization(), L.Flatten(),
        L.Dense(4, kernel_regularizer=regularizer, kernel_constraint="max_norm", trainable=False), L.Dense(3, activation="softmax"),
    ], name="frozen")


def frozen_nested(keras):
    L = keras.layers
    inner = keras.Sequential([keras.Input((6, 6, 3)), L.Conv2D(2, 3, activation="relu"), L.BatchNormalization()], name="inner")
    inner.trainable = False
    here = keras.Input((4, 4, 2))
    block = keras.Model(here, L.Add()([here, L.Conv2D(2, 3, padding="same", name="kept")(L.BatchNormalization(name="moved")(here))]), name="block")
    block.get_layer("kept").trainable = False
    image = keras.Input((6, 6, 3))
    x = L.GlobalAveragePooling2D()(block(inner(image)))
    return keras.Model(image, L.Dense(3, activation="softmax")(x), name="frozen_nested")


STRINGS = ["relu", "leaky_relu", "elu", "selu", "gelu", "swish", "sigmoid", "tanh", "softplus", "softsign", "hard_sigmoid", "linear"]

CASES = {
    "mlp": Case(stack((5, 4, 1), of(lambda L: [L.Flatten(), L.Dense(5, activation="relu")])), formats=ALL),
    "cnn": Case(
        stack((8, 8, 1), of(lambda L: [
            L.Conv2D(2, 3, activation="relu", padding="same"), L.Conv2D(3, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(),
        ])),
        optimizer=lambda keras: keras.optimizers.RMSprop(1e-3), formats=ALL),
    "residual": Case(residual, optimizer=lambda keras: keras.optimizers.Adam(1e-3), formats=ALL),
    "nested": Case(nested, formats=ALL),
    "deep": Case(deep),
    "shared": Case(shared),
    "merges": Case(merges),
    "strides": Case(stack((9, 8, 2), of(lambda L: [
        L.Conv2D(2, (3, 2), strides=(2, 1), padding="same"), L.Conv2D(3, 2, strides=2, activation="relu"), L.Flatten()]))),
    "dilation": Case(stack((9, 8, 2), of(lambda L: [
        L.Conv2D(2, 3, dilation_rate=2, padding="same", activation="relu"), L.Conv2D(2, (3, 2), dilation_rate=(2, 1)), L.Flatten()]))),
    "groups": Case(stack((6, 6, 4), of(lambda L: [L.Conv2D(6, 3, groups=2, activation="relu"), L.Flatten()]))),
    "depthwise": Case(stack((7, 7, 3), of(lambda L: [
        L.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same", activation="relu"), L.DepthwiseConv2D(2, use_bias=False), L.Flatten()]))),
    "separable": Case(stack((7, 7, 3), of(lambda L: [
        L.SeparableConv2D(4, 3, depth_multiplier=2, activation="relu"), L.SeparableConv2D(2, 3, strides=2, padding="same"), L.Flatten()]))),
    "pooling": Case(stack((9, 9, 2), of(lambda L: [
        L.MaxPooling2D(3, strides=1, padding="same"), L.AveragePooling2D((2, 3), padding="same"), L.MaxPooling2D((2, 1)), L.AveragePooling2D(2, strides=1),
        L.GlobalMaxPooling2D(keepdims=True), L.Flatten()]))),
    "batchnorm": Case(stack((5, 5, 2), of(lambda L: [
        L.Conv2D(3, 3, use_bias=False), L.BatchNormalization(momentum=0.9, epsilon=1e-4), L.BatchNormalization(scale=False),
        L.BatchNormalization(center=False), L.Flatten(), L.BatchNormalization()]))),
    "layernorm": Case(stack((4, 4, 3), of(lambda L: [L.LayerNormalization(), L.Flatten(), L.LayerNormalization(epsilon=1e-5, scale=False)]))),
    "activations": Case(stack((3, 3, 1), of(lambda L: [L.Flatten()] + [L.Dense(3, activation=name) for name in STRINGS]))),
    "activation-layers": Case(
        stack((3, 3, 1), of(lambda L: [L.Flatten(), L.Dense(4), L.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.2), L.LeakyReLU(), L.ELU(), L.Activation("tanh"), L.Softmax()]))),
    "dropout": Case(stack((6, 6, 2), of(lambda L: [
        L.Conv2D(2, 3, activation="relu"), L.SpatialDropout2D(0.25), L.GaussianNoise(0.1), L.Flatten(), L.Dropout(0.5)])), trains=False),
    "shapes": Case(stack((6, 6, 2), of(lambda L: [
        L.ZeroPadding2D(((1, 0), (2, 1))), L.Cropping2D(((0, 1), (1, 0))), L.UpSampling2D((2, 1)), L.Conv2D(2, 3), L.Reshape((5, 6, 4)), L.Flatten()]))),
    "rescaling": Case(stack((4, 4, 3), of(lambda L: [L.Rescaling(2.0, offset=-1.0), L.Conv2D(2, 3), L.Flatten()]))),
    "augment": Case(stack((6, 6, 3), of(lambda L: [
        L.RandomFlip("horizontal", seed=1), L.RandomTranslation(0.1, 0.2, fill_mode="constant", fill_value=0.5), L.Conv2D(2, 3), L.Flatten()])), trains=False),
    "regularizers": Case(stack((4, 4, 2), lambda L, keras: [
        L.Conv2D(2, 3, kernel_regularizer=keras.regularizers.L2(0.02), bias_regularizer=keras.regularizers.L1(0.03)), L.Flatten(),
        L.Dense(3, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)), L.Dense(3, kernel_regularizer="l2")])),
    "regularizers-all": Case(stack((6, 6, 3), lambda L, keras: [
        L.DepthwiseConv2D(2, depthwise_regularizer="l1", bias_regularizer="l2"),
        L.SeparableConv2D(3, 2, depthwise_regularizer=keras.regularizers.L1L2(0.01, 0.03), pointwise_regularizer=keras.regularizers.L2(0.02)),
        L.BatchNormalization(gamma_regularizer=keras.regularizers.L2(0.05), beta_regularizer=keras.regularizers.L1(0.04)),
        L.LayerNormalization(gamma_regularizer=keras.regularizers.L1(0.02), beta_regularizer=keras.regularizers.L2(0.01)), L.Flatten()]), steps=3),
    "constraints": Case(stack((4, 4, 2), lambda L, keras: [
        L.Conv2D(2, 3, kernel_constraint=keras.constraints.MaxNorm(0.5, axis=[0, 1, 2]), bias_constraint="non_neg"), L.Flatten(),
        L.Dense(3, kernel_constraint=keras.constraints.UnitNorm(axis=0)), L.Dense(3, kernel_constraint="max_norm")])),
    "constraints-all": Case(stack((6, 6, 3), lambda L, keras: [
        L.DepthwiseConv2D(2, depthwise_constraint=keras.constraints.MinMaxNorm(0.2, 0.6, rate=0.5, axis=[0, 1]), bias_constraint="non_neg"),
        L.SeparableConv2D(3, 2, depthwise_constraint=keras.constraints.MaxNorm(0.4, axis=[0, 1, 2]), pointwise_constraint=keras.constraints.UnitNorm(axis=-1)),
        L.BatchNormalization(gamma_constraint=keras.constraints.MaxNorm(1.0), beta_constraint="non_neg"), L.Flatten(),
        L.Dense(3, kernel_constraint=keras.constraints.MinMaxNorm(0.7, 0.9), bias_constraint=keras.constraints.MaxNorm(0.2))]), steps=3),
    "frozen": Case(frozen, steps=2),
    "frozen-nested": Case(frozen_nested, steps=2),
    "flat": Case(stack((16,), of(lambda L: [L.Dense(5, activation="relu")])), formats=ALL),
    "flat-color": Case(stack((12,), of(lambda L: [L.Reshape((2, 2, 3)), L.Conv2D(2, 2), L.Flatten()]))),
    "initializers": Case(initializers),
    "logits": Case(logits, loss=lambda keras: keras.losses.SparseCategoricalCrossentropy(from_logits=True), formats=COMPILED),
    "smoothing": Case(small, loss=lambda keras: keras.losses.CategoricalCrossentropy(label_smoothing=0.1), formats=COMPILED, steps=3),
    "smoothed-logits": Case(logits, loss=lambda keras: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), formats=COMPILED, steps=3),
    "softmax-as-logits": Case(small, loss=lambda keras: keras.losses.CategoricalCrossentropy(from_logits=True), formats=COMPILED),
    "sparse": Case(small, loss=lambda keras: "sparse_categorical_crossentropy", metrics=lambda keras: ["sparse_categorical_accuracy"], formats=COMPILED),
    "objects": Case(
        small, optimizer=lambda keras: "adam", loss=lambda keras: keras.losses.categorical_crossentropy,
        metrics=lambda keras: [keras.metrics.CategoricalAccuracy(name="top"), "acc", keras.metrics.categorical_accuracy], formats=COMPILED),
}

OPTIMIZERS = {
    "rmsprop": lambda O, S: O.RMSprop(1e-3, rho=0.8, momentum=0.5, epsilon=1e-6, centered=True),
    "rmsprop-momentum": lambda O, S: O.RMSprop(2e-3, momentum=0.9),
    "sgd": lambda O, S: O.SGD(0.05, momentum=0.9, nesterov=True),
    "sgd-momentum": lambda O, S: O.SGD(0.05, momentum=0.7),
    "adadelta": lambda O, S: O.Adadelta(0.5, rho=0.9, epsilon=1e-6),
    "adam": lambda O, S: O.Adam(2e-3, beta_1=0.8, beta_2=0.99, epsilon=1e-6),
    "amsgrad": lambda O, S: O.Adam(0.1, beta_2=0.5, amsgrad=True),
    "adamw": lambda O, S: O.AdamW(1e-3, weight_decay=0.1),
    "nadam": lambda O, S: O.Nadam(2e-3, beta_1=0.85, beta_2=0.98, epsilon=1e-6),
    "adamax": lambda O, S: O.Adamax(2e-3, beta_1=0.8, beta_2=0.9, epsilon=1e-6),
    "adagrad": lambda O, S: O.Adagrad(1e-2, initial_accumulator_value=0.01, epsilon=1e-3),
    "ftrl": lambda O, S: O.Ftrl(1e-2, l1_regularization_strength=0.01),
    "ftrl-all": lambda O, S: O.Ftrl(
        0.1, learning_rate_power=-0.7, initial_accumulator_value=0.2, l1_regularization_strength=0.02, l2_regularization_strength=0.03,
        l2_shrinkage_regularization_strength=0.04, beta=0.05),
    "clipnorm": lambda O, S: O.SGD(0.1, clipnorm=0.05),
    "clipvalue": lambda O, S: O.SGD(0.1, clipvalue=0.01),
    "global-clipnorm": lambda O, S: O.Adam(1e-3, global_clipnorm=0.05),
    "weight-decay": lambda O, S: O.SGD(0.1, momentum=0.9, weight_decay=0.05),
    "weight-decay-all": lambda O, S: O.Nadam(S.ExponentialDecay(0.1, 2, 0.5), weight_decay=0.2, clipnorm=0.05),
    "exponential": lambda O, S: O.SGD(S.ExponentialDecay(0.1, 2, 0.5, staircase=True)),
    "exponential-smooth": lambda O, S: O.Adam(S.ExponentialDecay(0.1, 3, 0.5)),
    "cosine": lambda O, S: O.SGD(S.CosineDecay(0.1, 4, alpha=0.1)),
    "cosine-warmup": lambda O, S: O.SGD(S.CosineDecay(0.0, 3, alpha=0.1, warmup_target=0.2, warmup_steps=2)),
    "piecewise": lambda O, S: O.SGD(S.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01])),
    "polynomial": lambda O, S: O.SGD(S.PolynomialDecay(0.1, 3, power=2.0)),
    "polynomial-cycle": lambda O, S: O.SGD(S.PolynomialDecay(0.1, 2, end_learning_rate=0.02, power=0.5, cycle=True)),
    "inverse-time": lambda O, S: O.SGD(S.InverseTimeDecay(0.1, 10, 0.5)),
    "inverse-time-staircase": lambda O, S: O.SGD(S.InverseTimeDecay(0.1, 2, 0.5, staircase=True)),
}


def optimizer(make):
    return lambda keras: make(keras.optimizers, keras.optimizers.schedules)


KERAS_3 = {release: COMPILED[release] for release in ("3.8", "3.15")}
OF_KERAS_3 = ("nadam", "weight-decay-all")  # Keras 2's Nadam computes the product of its schedule differently
CASES.update({
    f"optimizer-{name}": Case(small, optimizer=optimizer(make), formats=KERAS_3 if name in OF_KERAS_3 else COMPILED, steps=5)
    for name, make in OPTIMIZERS.items()
})
