"""A network in a Keras file, with the interface of the lab's networks: its recipe, which the command line can override."""

import os

import keras

import networks

ENDINGS = (".keras", ".json", ".h5", ".hdf5")


def is_file(name):
    return name.endswith(ENDINGS)


def read(path):
    """Returns the model of a file, compiled as the file specifies. Nothing in the file is executed."""
    with open(path, "rb") as file:  # for a missing file, Keras would report an invalid name
        text = file.read() if path.endswith(".json") else None
    try:
        return keras.models.model_from_json(text.decode()) if text else keras.saving.load_model(path)
    except Exception as error:  # Keras raises various exceptions
        reason = str(error).strip().partition("\n")[0][:200]
        raise ValueError(f"Keras {keras.__version__} cannot read {path}: {reason or type(error).__name__}") from error


def layers_of(model):
    """Returns the layers, including those of nested models."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        else:
            yield layer


def without_chance(model):
    """Turns off the layers that draw random numbers in training."""
    for layer in layers_of(model):
        if isinstance(layer, keras.layers.Dropout):  # also SpatialDropout2D
            layer.rate = 0
        elif isinstance(layer, keras.layers.GaussianNoise):
            layer.stddev = 0
        elif isinstance(layer, (keras.layers.RandomFlip, keras.layers.RandomTranslation)):
            layer.call = lambda inputs, training=True: inputs


class FileNetwork:
    batch_size = 32
    epochs = 1
    validation_split = 0.0
    # The settings that the model was compiled with.
    optimizer = learning_rate = decay = None

    def __init__(self, path, rewritten=None):
        """Reads a file, or, if this Keras cannot read the file, the copy written by tflab."""
        self.path = path
        try:
            self.model = read(path)
        except ValueError:
            if rewritten is None:
                raise
            self.path, self.model = rewritten, read(rewritten)
        shape = tuple(self.model.input_shape[1:])
        self.dataset = {(28, 28, 1): "mnist", (28, 28): "mnist", (784,): "mnist", (32, 32, 3): "cifar10", (3072,): "cifar10"}.get(shape, "images")

    def identity(self, _):
        return {"network": self.model.name, "network_file": self.path}

    def build(self, dropout=True):
        if not dropout:
            without_chance(self.model)
        return self.model

    def compiled_optimizer(self, learning_rate=None, decay=None, semantics="keras3"):
        """Returns a new optimizer with the file's settings. A rate or a decay replaces the file's rate."""
        optimizer = getattr(self.model, "optimizer", None) or keras.optimizers.RMSprop()
        config = optimizer.get_config()
        if decay:
            rate = float(optimizer.learning_rate) if learning_rate is None else learning_rate
            config["learning_rate"] = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
        elif learning_rate is not None:
            config["learning_rate"] = learning_rate
        make = type(optimizer)
        if semantics == "keras2" and make is keras.optimizers.RMSprop:
            make = networks.OlderRMSprop
        return make.from_config(config)

    def loss(self):
        """Returns the loss of the file, or else the cross-entropy of the last layer's output."""
        loss = getattr(self.model, "loss", None)
        if loss:
            return loss
        return keras.losses.CategoricalCrossentropy(from_logits=not self.ends_in_softmax())

    def ends_in_softmax(self):
        last = list(layers_of(self.model))[-1]
        return getattr(last, "activation", None) is keras.activations.softmax or isinstance(last, keras.layers.Softmax)

    def probabilities(self, predicted):
        """Returns probabilities like tflab: for a model that returns logits, their softmax."""
        return predicted if self.ends_in_softmax() else keras.ops.convert_to_numpy(keras.ops.softmax(predicted))


def takes_classes(loss):
    """Reports whether the labels of a loss are class numbers instead of one-hot vectors."""
    name = loss if isinstance(loss, str) else getattr(loss, "name", type(loss).__name__)
    return "sparse" in name.lower()
