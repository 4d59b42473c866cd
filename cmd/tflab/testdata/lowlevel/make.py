"""Writes the .npy files of this folder: inputs of several dtypes, byte orders
and memory orders, and what NumPy makes of them, formula by formula.

    python3 make.py
"""

import numpy as np

r = np.random.default_rng(1)


def conv2d(x, k):
    x = x.astype(float).reshape(x.shape[0], x.shape[1], -1)
    k = k.astype(float).reshape(k.shape[0], k.shape[1], x.shape[2], -1)
    h, w = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    y = np.zeros((h, w, k.shape[3]))
    for i in range(h):
        for j in range(w):
            y[i, j] = np.tensordot(x[i : i + k.shape[0], j : j + k.shape[1]], k, 3)
    return y


def maxpool(x, e):
    h, w = x.shape[0] // e, x.shape[1] // e
    return np.array(
        [[x[e * i : e * i + e, e * j : e * j + e].max((0, 1)) for j in range(w)] for i in range(h)]
    )


def normalize(x):
    x = x.astype(float)
    d = x.std((0, 1), keepdims=True)
    return (x - x.mean((0, 1), keepdims=True)) / np.where(d == 0, 1, d)


def softmax(x):
    e = np.exp(x.astype(float) - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def save(name, array):
    np.save(name + ".npy", array)


def want(name, array):
    save("want-" + name, array.astype(np.float32))


grey = np.asfortranarray(r.integers(-128, 128, (6, 5)).astype(np.int8))
colour = np.asfortranarray(r.normal(size=(7, 6, 3)).astype(">f8"))
save("grey", grey)
save("colour", colour)
save("filters-grey", r.normal(size=(3, 2, 4)).astype(np.float16))
save("filters-colour", np.asfortranarray(r.normal(size=(2, 3, 3, 4)).astype(">f4")))
for name, x in ("grey", grey), ("colour", colour):
    want("conv2d-" + name, conv2d(x, np.load(f"filters-{name}.npy")))
    want("relu-" + name, np.maximum(x, 0))
    want("maxpool-" + name, maxpool(x, 2))
    want("normalize-" + name, normalize(x))
    want("softmax-" + name, softmax(x))
    weights = r.normal(size=(x.size, 4))
    bias = r.integers(0, 9, 4, dtype=np.uint16)
    save("weights-" + name, weights.astype(np.float32))
    save("bias-" + name, bias)
    want("dense-" + name, x.astype(float).reshape(-1) @ weights.astype(np.float32) + bias)

flat = np.full((4, 4, 2), 0.1, np.float32)
flat[:, :, 1] = np.arange(16).reshape(4, 4)
save("flat", flat)
want("normalize-flat", np.stack([np.zeros((4, 4)), normalize(flat)[:, :, 1]], 2))
save("extreme", np.array([1e38, -1e38, 1e38], np.float32))
want("softmax-extreme", np.array([0.5, 0, 0.5]))
save("nan", np.array([[1, 2], [np.nan, 4]]))
save("infinite", np.array([1, np.inf]))
save("large", np.array([1e300]))
