"""What depends on the backend of Keras: TensorFlow, or JAX if KERAS_BACKEND says so."""

import os
import sys

JAX = os.environ.get("KERAS_BACKEND") == "jax"


def set_threads(threads):
    """Limits the threads, before the backend does anything.

    XLA makes one for each CPU that the process may run on, and has no setting for it.
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
    """Shows the backend the device alone: one GPU, since tflab takes one."""
    if device is None:
        return
    if JAX:
        if device != "cpu":
            raise ValueError(f"--device {device}: Keras on JAX is set up for the CPU alone, want cpu")
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
    """Waits until the steps so far have been computed: JAX returns before they are."""
    if JAX:
        import jax

        jax.block_until_ready([variable.value for variable in model.variables])


def versions():
    """The versions of the backend and what is around it."""
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
    """The names of the devices that the backend can use."""
    if JAX:
        import jax

        return [str(device) for device in jax.devices()]
    import tensorflow as tf

    return [device.name for device in tf.config.get_visible_devices()]
