"""Runs the programs of this folder, and prints each error in one line."""

import logging
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def attempt(name, run, options):
    """Runs a program and returns the argument for sys.exit."""
    try:
        return run(options)
    except ImportError as error:
        return f"{name}: {error}; run it with the Python that scripts/reference/setup prints"
    except OSError as error:
        return f"{name}: {error.filename}: {error.strerror}" if error.filename and error.strerror else f"{name}: {error}"
    except (ValueError, KeyError, EOFError) as error:
        return f"{name}: {' '.join(str(error).split())}"
    except KeyboardInterrupt:
        return 130
