"""Writes callbacks.json: what Keras's own callbacks do with losses drawn at random.

    python callbacks.py > callbacks.json
"""

import json

import numpy as np
from keras.callbacks import EarlyStopping, ReduceLROnPlateau


class Optimizer:
    """Holds its rate in float32, as Keras's do."""

    def __init__(self):
        self.rate = np.float32(0.01)

    @property
    def learning_rate(self):
        return self.rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.rate = np.float32(value)


class Model:
    stop_training = False
    metrics = []

    def __init__(self):
        self.optimizer = Optimizer()
        self.epoch = None
        self.restored = None

    def get_weights(self):
        return self.epoch

    def set_weights(self, epoch):
        self.restored = epoch


def watch(callback, losses):
    """Returns the model and its rate after each epoch, until the callback stops."""
    model, rates = Model(), []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.epoch = epoch
        callback.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(model.optimizer.rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return model, rates


def main():
    random = np.random.default_rng(1)
    plateaus, stops = [], []
    for _ in range(40):
        losses = [round(float(x), 3) for x in np.cumsum(random.normal(-0.02, 0.1, 30)) + 3]
        settings = dict(
            factor=float(random.choice([0.1, 0.5, 0.9])),
            patience=int(random.integers(1, 4)),
            min_delta=float(random.choice([1e-4, 0.05])),
            cooldown=int(random.integers(0, 4)),
            min_lr=float(random.choice([0, 0.001])),
        )
        _, rates = watch(ReduceLROnPlateau(monitor="loss", **settings), losses)
        plateaus.append(dict(settings, losses=losses, rates=rates))
        settings = dict(
            patience=int(random.integers(0, 6)), min_delta=float(random.choice([0, 0.05]))
        )
        model, rates = watch(
            EarlyStopping(monitor="loss", restore_best_weights=True, **settings), losses
        )
        stops.append(dict(settings, losses=losses, epochs=len(rates), restored=model.restored))
    print(json.dumps({"plateaus": plateaus, "stops": stops}))


main()
