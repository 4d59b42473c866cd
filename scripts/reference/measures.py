"""Measurements of this process, and JSON output."""

import json
import math
import os
import time


def process_age():
    """Returns the seconds since this process was started, including the start of Python."""
    with open("/proc/self/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def write_json(path, document):
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        json.dump(finite(document), file, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def finite(value):
    """Returns the value with null for every number that JSON cannot represent."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def peak_memory():
    """Returns the largest resident set of this process so far, in bytes, or 0 if unknown.

    That of getrusage begins with the resident set of the process that started
    this one.
    """
    with open("/proc/self/status") as file:
        sizes = [line.split()[1] for line in file if line.startswith("VmHWM:")]
    return int(sizes[0]) * 1024 if sizes else 0
