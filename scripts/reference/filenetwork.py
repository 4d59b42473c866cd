"""A network in a file of Keras, with the interface of the lab's: how it is trained unless the command line says otherwise."""

import os

import keras

import networks

ENDINGS = (".keras", ".json", ".h5", ".hdf5")


def is_file(name):
    return name.endswith(ENDINGS)


def read(path):
    """The model of a file, compiled as the file says; nothing in the file is executed."""
    with open(path, "rb") as file:  # or Keras would say of a missing file that its name is wrong
        text = file.read() if path.endswith(".json") else None
    try:
        return keras.models.model_from_json(text.decode()) if text else keras.saving.load_model(path)
    except Exception as error:  # Keras raises errors of many classes about one and the same
        reason = str(error).strip().partition("\n")[0][:200]
        raise ValueError(f"Keras {keras.__version__} cannot read {path}: {reason or type(error).__name__}") from error


def layers_of(model):
    """The layers, those of models within the model included."""
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
    # What the model was compiled with.
    optimizer = learning_rate = decay = None

    def __init__(self, path, rewritten=None):
        """Reads a file, or where this Keras cannot read it, what tflab has written of it."""
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
        """A new optimizer as the file's; a rate or a decay takes the place of the file's rate."""
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
        """The loss of the file, else cross-entropy of what the last layer gives."""
        loss = getattr(self.model, "loss", None)
        if loss:
            return loss
        return keras.losses.CategoricalCrossentropy(from_logits=not self.ends_in_softmax())

    def ends_in_softmax(self):
        last = list(layers_of(self.model))[-1]
        return getattr(last, "activation", None) is keras.activations.softmax or isinstance(last, keras.layers.Softmax)

    def probabilities(self, predicted):
        """What tflab predicts: the softmax also of a model that gives logits."""
        return predicted if self.ends_in_softmax() else keras.ops.convert_to_numpy(keras.ops.softmax(predicted))


def takes_classes(loss):
    """Whether the labels of a loss are the classes' numbers, and no one-hot vectors."""
    name = loss if isinstance(loss, str) else getattr(loss, "name", type(loss).__name__)
    return "sparse" in name.lower()
