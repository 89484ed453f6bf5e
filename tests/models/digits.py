"""Trains digits.tflite: cd tests; python -m models.digits. Needs tensorflow (written with 2.21) and scikit-learn.

A network of MobileNet's parts for 8x8 images: a convolution, a depthwise-separable residual, a cell of three branches,
global mean, fully connected, softmax. In the file the branch that needs most memory comes last, when the results of the
others are already waiting; running it first takes a fifth off the peak, so the demo shows what ordering does.
TensorFlow is no dependency of the project: maintainers run this, the file it writes is committed, and seeds make it
repeatable on one machine with one version of TensorFlow.
"""

from __future__ import annotations

import pathlib

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from models.digits_data import SEED, Digits, split

OUTPUT = pathlib.Path(__file__).with_name("digits.tflite")
EPOCHS = 60
BATCH = 32
Layer = tf.keras.layers


def activated(x: tf.Tensor, layer: tf.keras.layers.Layer) -> tf.Tensor:
    return Layer.ReLU(max_value=6.0)(Layer.BatchNormalization()(layer(x)))


def linear(x: tf.Tensor, channels: int) -> tf.Tensor:
    return Layer.BatchNormalization()(Layer.Conv2D(channels, 1, use_bias=False)(x))


def filtered(x: tf.Tensor, kernel: int, stride: int, name: str | None = None) -> tf.Tensor:
    layer = Layer.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=name)
    return activated(x, layer)


def mixed(x: tf.Tensor, channels: int, name: str | None = None) -> tf.Tensor:
    return activated(x, Layer.Conv2D(channels, 1, use_bias=False, name=name))


def cell(x: tf.Tensor) -> tf.Tensor:
    """Half the resolution in three ways side by side: depthwise 3x3, maximum, and an inverted 5x5.

    The converter writes them in the alphabetical order of their first layers' names, thus the widest last.
    """
    filter_ = linear(filtered(mixed(filtered(x, 3, 2, "filter"), 16), 3, 1), 48)
    maximum = linear(filtered(mixed(Layer.MaxPooling2D(2, name="maximum")(x), 16), 3, 1), 48)
    wide = linear(filtered(mixed(x, 32, "wide"), 5, 2), 16)
    return Layer.Concatenate()([filter_, maximum, wide])


def network() -> tf.keras.Model:
    image = Layer.Input((8, 8, 1), batch_size=1)
    x = activated(image, Layer.Conv2D(16, 3, padding="same", use_bias=False))
    x = Layer.Add()([x, linear(filtered(x, 3, 1), 16)])
    x = Layer.GlobalAveragePooling2D()(cell(x))
    return tf.keras.Model(image, Layer.Dense(10, activation="softmax")(x))


def real(images: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    return np.asarray((images.astype(np.float32) + 128) / 255, dtype=np.float32)


def shifted(images: npt.NDArray[np.float32], random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Each image moved by up to one pixel: 1437 digits are few."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moves = random.integers(0, 3, size=(len(images), 2))
    crops = [image[y : y + 8, x : x + 8] for image, (y, x) in zip(padded, moves, strict=True)]
    return np.stack(crops).astype(np.float32)


def train(digits: Digits) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    random = np.random.default_rng(SEED)
    images = real(digits.images)
    steps = EPOCHS * -(-len(images) // BATCH)
    model = network()
    model.compile(
        optimizer=tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(4e-3, steps)),
        loss="sparse_categorical_crossentropy",
    )
    for _ in range(EPOCHS):
        model.fit(shifted(images, random), digits.labels, batch_size=BATCH, verbose=0)
    return model


def quantise(model: tf.keras.Model, digits: Digits) -> bytes:
    """Full-int8 post-training quantisation, int8 in and out, calibrated on training digits."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[np.newaxis]] for image in real(digits.images[:500]))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def correct(data: bytes, digits: Digits) -> int:
    """How many digits TensorFlow Lite's reference kernels classify as labelled."""
    reference = tf.lite.experimental.OpResolverType.BUILTIN_REF
    interpreter = tf.lite.Interpreter(model_content=data, experimental_op_resolver_type=reference)
    interpreter.allocate_tensors()
    source, sink = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if abs(source["quantization"][0] - 1 / 255) > 1e-6 or source["quantization"][1] != -128:
        raise ValueError(f"digits_data.py stores pixels in another quantisation than {source['quantization']}")
    hits = 0
    for image, label in zip(digits.images, digits.labels, strict=True):
        interpreter.set_tensor(source["index"], image[np.newaxis])
        interpreter.invoke()
        hits += int(np.argmax(interpreter.get_tensor(sink["index"])) == label)
    return hits


if __name__ == "__main__":
    training, held = split()
    flatbuffer = quantise(train(training), training)
    OUTPUT.write_bytes(flatbuffer)
    print(f"{OUTPUT.name}: {len(flatbuffer)} bytes, {correct(flatbuffer, held)} of {len(held.labels)} held-out digits")
