"""What a run leaves behind: its history, its times, its memory."""

import csv
import json
import math
import os
import time

import keras

TIMES = ["learning_rate", "train_seconds", "seconds"]


def process_age():
    """Seconds since this process was started, the start of Python included."""
    with open("/proc/self/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


class Recorder(keras.callbacks.Callback):
    """Writes history.csv as the epochs end, and keeps the times."""

    async_safe = True  # or Keras would wait for it after every step

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


def write_json(path, document):
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        json.dump(finite(document), file, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def finite(value):
    """The value with null for every number that JSON cannot write."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def peak_memory():
    """The largest resident set of this process so far, in bytes; 0 if unknown.

    That of getrusage begins with the resident set of the process that started
    this one.
    """
    with open("/proc/self/status") as file:
        sizes = [line.split()[1] for line in file if line.startswith("VmHWM:")]
    return int(sizes[0]) * 1024 if sizes else 0
