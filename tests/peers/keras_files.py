#!/usr/bin/env python3
"""Files that Keras itself wrote, for KerasAgreementTest and KerasFileTest.

    pip install keras jax h5py
    KERAS_BACKEND=jax python3 keras_files.py FOLDER            # the models that Keras ships, 1.3 GB
    KERAS_BACKEND=jax python3 keras_files.py --fixture FOLDER  # the small files in tests/resources

For each model: MODEL.weights.h5 (Keras 3), MODEL.h5 (whole model, as Keras 1 and 2 wrote), and
MODEL.json with a picture (bytes, row by row, red green blue) and the scores before softmax.
"""
import json
import sys
from pathlib import Path

import keras
import numpy as np

# Sizes at which Keras' padding, which is one-sided for even sizes, is the same on all sides.
MODELS = {
    "vgg16": ("VGG16", 224, "vgg16"),
    "densenet121": ("DenseNet121", 64, "densenet"),
    "xception": ("Xception", 71, "xception"),
    "efficientnet-b0": ("EfficientNetB0", 65, "efficientnet"),
}
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def randomise(model, random):
    """Keeps the kernels' first values and moves all vectors, so that none is 0 or 1."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.set_weights([MEAN, STD**2, np.zeros((), np.int32)][: len(layer.get_weights())])
            layer.finalize_state()
            continue
        for variable in layer.weights:
            if len(variable.shape) == 1:
                noise = random.uniform(0, 0.4, variable.shape).astype(np.float32)
                variable.assign(np.asarray(variable) + noise)


def write(folder, name):
    class_name, size, module = MODELS[name]
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    model = getattr(keras.applications, class_name)(
        weights=None, input_shape=(size, size, 3), classifier_activation=None
    )
    randomise(model, random)
    picture = random.integers(0, 256, (1, size, size, 3), np.uint8)
    preprocess = getattr(keras.applications, module).preprocess_input
    scores = model.predict(preprocess(picture.astype(np.float32)), verbose=0)[0]
    model.save_weights(folder / f"{name}.weights.h5")
    model.save(folder / f"{name}.h5")
    content = {
        "keras": keras.__version__,
        "size": size,
        "picture": picture.ravel().tolist(),
        "scores": scores.tolist(),
    }
    (folder / f"{name}.json").write_text(json.dumps(content))
    print(name, "scores from", scores.min(), "to", scores.max())


def fixture(folder):
    """Every kind of layer; element i of the n-th array of a layer is n + i/1000."""
    inputs = keras.Input((6, 5, 3))
    h = keras.layers.Conv2D(4, (3, 2), name="first")(inputs)
    h = keras.layers.BatchNormalization(name="norm")(h)
    h = keras.layers.DepthwiseConv2D((2, 3), name="depth")(h)
    h = keras.layers.SeparableConv2D(5, 2, name="separable")(h)
    h = keras.layers.GlobalAveragePooling2D()(h)
    model = keras.Model(inputs, keras.layers.Dense(2, name="last")(h))
    for layer in model.layers:
        layer.set_weights(
            [
                (n + np.arange(array.size) / 1000).reshape(array.shape).astype(np.float32)
                for n, array in enumerate(layer.get_weights())
            ]
        )
    model.save_weights(folder / "small.weights.h5")
    model.save(folder / "small.h5")


if __name__ == "__main__":
    target = Path(sys.argv[-1])
    target.mkdir(parents=True, exist_ok=True)
    if "--fixture" in sys.argv:
        fixture(target)
    else:
        for model_name in MODELS:
            write(target, model_name)
