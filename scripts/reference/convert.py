"""Reads and writes Keras's files, for to_npz.py and from_npz.py."""

import os


def check_suffix(path):
    if not path.endswith((".keras", ".weights.h5")):
        raise ValueError(f"{path}: want a name that ends in .keras or .weights.h5")


def build(network):
    import networks

    if network not in networks.NETWORKS:
        raise ValueError(f"unknown network {network}, want one of {', '.join(networks.NETWORKS)}")
    return networks.build(network)


def load(path, network):
    """Returns the model of a .keras file, or the network with the weights of a .weights.h5 file."""
    check_suffix(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file")
    if path.endswith(".keras"):
        return load_model(path)
    if network is None:
        raise ValueError(f"{path}: a .weights.h5 file does not say what network it is of; name it with --network")
    model = build(network)
    check_h5(path, model, network)
    model.load_weights(path)
    return model


def load_model(path):
    import zipfile

    import keras

    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: not a .keras file, or cut short (want a zip archive)")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises various exceptions with several lines
        raise ValueError(f"{path}: Keras {keras.__version__} cannot read it: {str(error).strip().splitlines()[0]}") from error
    if not isinstance(model, keras.Sequential):
        raise ValueError(f"{path}: is a {type(model).__name__}, want a Sequential model")
    return model


def check_h5(path, model, network):
    """Compares the file's arrays with the network's before Keras loads them.

    Keras stores them as layers/<class>[_<n>]/vars/<i>, and its own complaint
    about a mismatch is a page long.
    """
    import h5py

    found = {}
    try:
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, item: found.update({name: item.shape}) if isinstance(item, h5py.Dataset) else None)
    except OSError as error:
        raise ValueError(f"{path}: not an HDF5 file, or cut short ({error})") from error
    found = {name: shape for name, shape in found.items() if name.startswith("layers/")}
    wanted = {
        f"layers/{layer.name}/vars/{i}": tuple(weight.shape) for layer in model.layers for i, weight in enumerate(layer.weights)
    }
    if found != wanted:
        name = sorted(set(found.items()) ^ set(wanted.items()))[0][0]
        raise ValueError(f"{path}: does not hold the weights of {network}: {name} is {found.get(name, 'missing')}, the network wants {wanted.get(name, 'none')}")


def save(model, path):
    """Writes the file completely or not at all."""
    temporary = os.path.join(os.path.dirname(os.path.abspath(path)), f".{os.getpid()}-{os.path.basename(path)}")
    try:
        if path.endswith(".keras"):
            model.save(temporary)
        else:
            model.save_weights(temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
