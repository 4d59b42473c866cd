"""Functions that depend on the backend of Keras: TensorFlow, or JAX if KERAS_BACKEND is jax."""

import os
import sys

JAX = os.environ.get("KERAS_BACKEND") == "jax"


def set_threads(threads):
    """Limits the number of threads. Must be called before the backend is used.

    XLA creates a thread for each CPU that the process may run on, and has no setting for the number.
    """
    if not threads:
        return
    if JAX:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        return
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def choose_device(device):
    """Makes only the device visible to the backend: at most one GPU, since tflab uses one."""
    if device is None:
        return
    if JAX:
        if device != "cpu":
            raise ValueError(f"--device {device}: Keras on JAX is installed only for the CPU, want cpu")
        return
    import tensorflow as tf

    wanted = []
    if device != "cpu":
        gpus = tf.config.list_physical_devices("GPU")
        number = int(device.partition(":")[2] or 0)
        if number >= len(gpus):
            raise ValueError(
                f"--device {device}: TensorFlow {tf.__version__} of {sys.executable} finds {len(gpus) or 'no'} GPU; "
                "run scripts/reference/setup --gpu, or take the CPU on both sides"
            )
        wanted = gpus[number : number + 1]
    tf.config.set_visible_devices(wanted, "GPU")


def wait(model):
    """Waits until all steps have been computed, since JAX returns before that."""
    if JAX:
        import jax

        jax.block_until_ready([variable.value for variable in model.variables])


def versions():
    """Returns the versions of the backend and of related packages."""
    import keras
    import numpy

    if JAX:
        import jax

        backend = {"jax": jax.__version__}
    else:
        import tensorflow as tf

        backend = {"tensorflow": tf.__version__}
    return {"python": sys.version.split()[0], **backend, "keras": keras.__version__, "numpy": numpy.__version__}


def devices():
    """Returns the names of the devices that the backend can use."""
    if JAX:
        import jax

        return [str(device) for device in jax.devices()]
    import tensorflow as tf

    return [device.name for device in tf.config.get_visible_devices()]
