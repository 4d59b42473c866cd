"""Predicts with the files of `tflab export`, in each of the programs that the files are for.

    python read_savedmodel.py WAY PATH IMAGES.npy OUT.npy [WAY PATH IMAGES.npy OUT.npy ...]

IMAGES.npy holds whole numbers from 0 to 255, [images, height, width, channels];
OUT.npy gets float32 [images, classes]. PATH is a SavedModel, or a frozen graph for the WAY frozen.
WAY is one of

  load      tf.saved_model.load, signature serving_default
  uint8     tf.saved_model.load, signature uint8
  keras     keras.layers.TFSMLayer within a Keras model's predict
  resaved   tf.saved_model.load of a copy written by tf.saved_model.save
  tflite    TensorFlow Lite, converted by tf.lite.TFLiteConverter
  onnx      ONNX Runtime, converted by tf2onnx (in a separate environment:
            requirements-onnx.txt)
  frozen    tf.compat.v1.import_graph_def
"""

import os
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def scaled(images):
    return images.astype(np.float32) / np.float32(255)


def load(path, images):
    model = tf.saved_model.load(path)
    assert len(model.variables) > 0, "the SavedModel shows no variables"
    (classes,) = [a.asset_path.numpy() for a in model.asset_paths]
    assert tf.io.gfile.exists(classes), f"the asset {classes} is missing"
    return model.signatures["serving_default"](image=tf.constant(scaled(images)))["probabilities"].numpy()


def uint8(path, images):
    return tf.saved_model.load(path).signatures["uint8"](image=tf.constant(images))["probabilities"].numpy()


def keras_layer(path, images):
    import keras

    inputs = keras.Input(images.shape[1:])
    layer = keras.layers.TFSMLayer(path, call_endpoint="serving_default")
    return keras.Model(inputs, layer(inputs)).predict(scaled(images), verbose=0)["probabilities"]


def resaved(path, images):
    model = tf.saved_model.load(path)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(model, folder, signatures=dict(model.signatures))
        return uint8(folder, images)


def tflite(path, images):
    converted = tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=["serving_default"]).convert()
    interpreter = tf.lite.Interpreter(model_content=converted)
    run = interpreter.get_signature_runner("serving_default")
    return np.concatenate([run(image=x[None])["probabilities"] for x in scaled(images)])


def onnx(path, images):
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.onnx")
        subprocess.run(
            [sys.executable, "-m", "tf2onnx.convert", "--saved-model", path, "--signature_def", "serving_default", "--tag", "serve", "--opset", "15", "--output", model],
            check=True,
            capture_output=True,
        )
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (name,) = [i.name for i in session.get_inputs()]
        (out,) = session.run(None, {name: scaled(images)})
        return out


def frozen(path, images):
    definition = tf.compat.v1.GraphDef()
    with open(path, "rb") as f:
        definition.ParseFromString(f.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run("probabilities:0", {"image:0": scaled(images)})


WAYS = {"load": load, "uint8": uint8, "keras": keras_layer, "resaved": resaved, "tflite": tflite, "onnx": onnx, "frozen": frozen}

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if not arguments or len(arguments) % 4 or not set(arguments[::4]) <= set(WAYS):
        sys.exit(__doc__)
    for way, path, images, out in zip(*(arguments[i::4] for i in range(4))):
        np.save(out, np.asarray(WAYS[way](path, np.load(images).astype(np.uint8)), np.float32))
