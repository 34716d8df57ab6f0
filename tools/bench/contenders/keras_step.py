"""Keras' training step on TensorFlow: the same networks, bfloat16 by the mixed_bfloat16 policy, no XLA (slower here)."""

import json
import sys

import keras
import numpy
import tensorflow
from keras import layers

from protocol import serve

job = json.loads(sys.argv[1])
if job["precision"] == "bfloat16":
    keras.mixed_precision.set_global_policy("mixed_bfloat16")


def convolution(x, channels, kernel, stride=1, act=True):
    x = layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    return layers.ReLU()(x) if act else x


def block(x, channels, stride, bottleneck):
    outputs = channels * 4 if bottleneck else channels
    if bottleneck:
        y = convolution(convolution(x, channels, 1), channels, 3, stride)
        y = convolution(y, outputs, 1, act=False)
    else:
        y = convolution(convolution(x, channels, 3, stride), outputs, 3, act=False)
    if stride != 1 or x.shape[-1] != outputs:
        x = convolution(x, outputs, 1, stride, act=False)
    return layers.ReLU()(layers.Add()([y, x]))


def network():
    depth, size = job["depth"], job["imageSize"]
    cifar = size < 64
    counts = {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 3],
        101: [3, 4, 23, 3],
        152: [3, 8, 36, 3],
    }
    channels = 16 if cifar else 64
    inputs = keras.Input((size, size, 3))
    x = convolution(inputs, channels, 3 if cifar else 7, 1 if cifar else 2)
    if not cifar:
        x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, count in enumerate([(depth - 2) // 6] * 3 if cifar else counts[depth]):
        for i in range(count):
            x = block(x, channels << stage, 2 if stage > 0 and i == 0 else 1, not cifar and depth >= 50)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(job["classes"], dtype="float32")(x))


model = network()
model.compile(
    optimizer=keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=1e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    jit_compile=False,
)
size, batch = job["imageSize"], job["batchSize"]
rng = numpy.random.default_rng(1)
images = tensorflow.constant(rng.standard_normal((batch, size, size, 3), dtype=numpy.float32))
labels = tensorflow.constant(rng.integers(0, job["classes"], batch, dtype=numpy.int32))


def train(count):
    loss = None
    for _ in range(count):
        loss = model.train_on_batch(images, labels)
    return float(loss)


serve(
    {
        "parameters": sum(int(numpy.prod(w.shape)) for w in model.trainable_weights),
        "versions": {"Keras": keras.__version__, "TensorFlow (Python)": tensorflow.__version__},
    },
    train,
    job["warmup"],
)
