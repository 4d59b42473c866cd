"""The optimizers of Keras 2, in NumPy and float64, from their formulas.

They differ from Keras 3 in where RMSprop puts epsilon and in Adadelta's rate.
Source: the update rules of multi-backend Keras 2.2 (keras/optimizers.py), where
epsilon is 1e-7. g is the gradient, w the weights, t counts batches from 0, and
every rate is divided by 1 + decay * t.
"""

import numpy as np

EPSILON = 1e-7


def rmsprop(w, gradients, rate=0.001, rho=0.9, decay=0.0):
    """w -= rate * g / (sqrt(a) + epsilon), a the moving mean of g squared."""
    a = np.zeros_like(w)
    for t, g in enumerate(gradients):
        a = rho * a + (1 - rho) * g**2
        w = w - rate / (1 + decay * t) * g / (np.sqrt(a) + EPSILON)
        yield w


def adadelta(w, gradients, rate=1.0, rho=0.95, decay=0.0):
    """w -= rate * d, d = g * sqrt(b + epsilon) / sqrt(a + epsilon), a and b the moving means of g and d squared."""
    a, b = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients):
        a = rho * a + (1 - rho) * g**2
        d = g * np.sqrt(b + EPSILON) / np.sqrt(a + EPSILON)
        b = rho * b + (1 - rho) * d**2
        w = w - rate / (1 + decay * t) * d
        yield w


def sgd(w, gradients, rate=0.01, momentum=0.0, nesterov=False, decay=0.0):
    """v = momentum * v - rate * g; w += v, or with nesterov w += momentum * v - rate * g."""
    v = np.zeros_like(w)
    for t, g in enumerate(gradients):
        now = rate / (1 + decay * t)
        v = momentum * v - now * g
        w = w + (momentum * v - now * g if nesterov else v)
        yield w


def adam(w, gradients, rate=0.001, beta1=0.9, beta2=0.999, decay=0.0):
    """w -= rate * sqrt(1 - beta2^n) / (1 - beta1^n) * m / (sqrt(v) + epsilon), n batches from 1."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        corrected = rate / (1 + decay * t) * np.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1))
        w = w - corrected * m / (np.sqrt(v) + EPSILON)
        yield w


CASES = {
    "rmsprop": ("rmsprop", {}),
    "rmsprop-decay": ("rmsprop", {"learning_rate": 1e-4, "decay": 1e-2}),
    "adadelta": ("adadelta", {}),
    "sgd": ("sgd", {}),
    "sgd-momentum": ("sgd", {"momentum": 0.9}),
    "sgd-nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "adam": ("adam", {}),
}


def steps(kind, initial, gradients, learning_rate=None, **settings):
    """The weights after each gradient, float64."""
    if learning_rate is not None:
        settings["rate"] = learning_rate
    update = {"rmsprop": rmsprop, "adadelta": adadelta, "sgd": sgd, "adam": adam}[kind]
    return list(update(initial.astype(np.float64), gradients.astype(np.float64), **settings))
