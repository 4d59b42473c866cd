"""The records of a Keras run: its history and its times."""

import csv
import os
import time

import keras

import backends
from measures import process_age

TIMES = ["learning_rate", "train_seconds", "seconds"]


class Recorder(keras.callbacks.Callback):
    """Writes history.csv at the end of each epoch, and records the times."""

    async_safe = True  # otherwise Keras would wait for the callback after every step

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.rows = []
        self.first_step = None  # seconds from the start of the process

    def on_epoch_begin(self, epoch, logs=None):
        self.begun = time.perf_counter()
        self.trained = None

    def on_train_batch_end(self, batch, logs=None):
        if self.first_step is None:
            self.first_step = process_age()

    def on_test_begin(self, logs=None):
        backends.wait(self.model)  # otherwise training steps would be measured as validation
        self.trained = self.trained or time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        row = {"epoch": epoch}
        row.update({name: float(logs[name]) for name in sorted(logs)})
        row["learning_rate"] = float(self.model.optimizer.learning_rate)
        row["train_seconds"] = (self.trained or now) - self.begun
        row["seconds"] = now - self.begun
        self.rows.append(row)
        self.write_row(row)

    def write_row(self, row):
        with open(self.path, "w" if len(self.rows) == 1 else "a", newline="") as file:
            out = csv.DictWriter(file, row, lineterminator="\n")
            if len(self.rows) == 1:
                out.writeheader()
            out.writerow(row)
            file.flush()
            os.fsync(file.fileno())

    def columns(self):
        return {name: [row[name] for row in self.rows] for name in self.rows[0]}
