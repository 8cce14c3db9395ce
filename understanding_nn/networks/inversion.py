"""Training a generator: the network that inverts a classifier's code, with three losses and against a discriminator.

A generator g is trained to give back the image x that a code c(x) came from (Dosovitskiy & Brox 2016). Three losses say
what "give back" means: the same pixels, the same code, and an image that a discriminator takes for a real one.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from rich.progress import Progress

from understanding_nn.data import Digits
from understanding_nn.networks.architectures import GeneratorArchitecture, first_weights
from understanding_nn.networks.distortions import distort
from understanding_nn.networks.layers import build
from understanding_nn.networks.packaged import load
from understanding_nn.networks.runs import epochs


def fit(
    recipe: GeneratorArchitecture,
    digits: Digits,
    checkpoint: Path,
    progress: Progress | None = None,
    name: str = "generator",
) -> tuple[keras.Model, np.ndarray]:
    """Trains a generator from its first weights, or from a checkpoint, to its last epoch.

    Adam on the weighted sum of the image, the feature and the adversarial loss, and in the same step Adam on the
    discriminator's cross-entropy; each epoch sees all training images once, distorted anew.

    Args:
        recipe: the generator and all that its training depends on.
        digits: the data; only the training part is trained on.
        checkpoint: the file to go on from, and to write every few epochs and at the end.
        progress: a progress display that has been started; none, and nothing is shown.
        name: the name of the model, shown with the progress.

    Returns:
        The trained generator, and what it made of the codes of ten held-out digits, one of each class, after each of
        the epochs ``recipe.snapshots``: shape (snapshots, 10, H, W, C), float32 in [0, 1].

    Raises:
        DataError: the checkpoint is damaged; the message names the file to delete.

    Example:
        >>> fit(ARCHITECTURES["mnist_generator"], mnist(), Path("checkpoint.npz"))  # doctest: +SKIP
    """
    generator, encoder = build(recipe.layers, first_weights(recipe), name=name), encoder_of(recipe)
    discriminator = _discriminator(recipe, encoder)
    optimizers = [_optimizer(recipe, network) for network in (generator, discriminator)]
    codes = encoder(one_of_each_class(digits))
    pictures = [tf.Variable(tf.zeros_like(generator(codes))) for _ in recipe.snapshots]
    networks = [*generator.trainable_variables, *discriminator.trainable_variables]
    state = [*networks, *(each for optimizer in optimizers for each in optimizer.variables), *pictures]
    step = _step(recipe, encoder, generator, discriminator, optimizers)
    for epoch in epochs(recipe.epochs, state, checkpoint, progress, name):
        # Everything random in an epoch comes from its number: a resumed run sees what an uninterrupted one sees.
        rng = np.random.default_rng([recipe.seed, 1, epoch])
        for optimizer in optimizers:
            optimizer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * epoch / recipe.epochs)) / 2
        images = distort(
            digits.x_train, rng, max_shift=recipe.max_shift, max_rotation_degrees=recipe.max_rotation_degrees
        )
        for batch in np.array_split(rng.permutation(len(images)), len(images) // recipe.batch_size):
            step(images[batch])
        if epoch + 1 in recipe.snapshots:
            pictures[recipe.snapshots.index(epoch + 1)].assign(generator(codes))
    return generator, np.stack([each.numpy() for each in pictures])


def encoder_of(recipe: GeneratorArchitecture) -> keras.Model:
    """The network that a generator inverts: a classifier from its images up to the code.

    Args:
        recipe: the generator; it names the classifier and its layer.

    Returns:
        The network from images to codes.

    Example:
        >>> from understanding_nn.networks.architectures import ARCHITECTURES
        >>> encoder_of(ARCHITECTURES["mnist_generator"]).output_shape
        (None, 100)
    """
    classifier = load(recipe.inverts)
    return keras.Model(classifier.inputs[0], classifier.get_layer(recipe.layer).output)


def one_of_each_class(digits: Digits) -> np.ndarray:
    """The first held-out digit of each class.

    Args:
        digits: the data.

    Returns:
        The digits 0 to 9, shape (10, H, W, C), float32 in [0, 1].

    Example:
        >>> from understanding_nn.data import mnist
        >>> one_of_each_class(mnist()).shape
        (10, 28, 28, 1)
    """
    chosen: np.ndarray = digits.x_test[[int(np.flatnonzero(digits.y_test == digit)[0]) for digit in range(10)]]
    return chosen


def _discriminator(recipe: GeneratorArchitecture, encoder: keras.Model) -> keras.Model:
    """From an image and the code that it should have to the logit of "this image is real"."""
    layers = keras.layers
    seeds = iter(range(recipe.seed, recipe.seed + 10))

    def drawn() -> dict[str, keras.Initializer]:
        return {"kernel_initializer": keras.initializers.HeNormal(seed=next(seeds))}

    image, code = keras.Input(encoder.input_shape[1:]), keras.Input(encoder.output_shape[1:])
    seen = image
    for filters in (16, 32):
        seen = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 5, strides=2, padding="same", **drawn())(seen))
    wanted = layers.LeakyReLU(0.2)(layers.Dense(32, **drawn())(code))
    both = layers.Concatenate()([layers.Flatten()(seen), wanted])
    hidden = layers.LeakyReLU(0.2)(layers.Dense(64, **drawn())(both))
    return keras.Model([image, code], layers.Dense(1, **drawn())(hidden))


def _optimizer(recipe: GeneratorArchitecture, network: keras.Model) -> keras.optimizers.Optimizer:
    # Less momentum than usual: each of the two follows the other, which has moved on meanwhile.
    optimizer = keras.optimizers.Adam(recipe.learning_rate, beta_1=0.5)
    optimizer.build(network.trainable_variables)
    return optimizer


def _step(
    recipe: GeneratorArchitecture,
    encoder: keras.Model,
    generator: keras.Model,
    discriminator: keras.Model,
    optimizers: list[keras.optimizers.Optimizer],
) -> Callable[..., None]:
    """One step of training both, compiled for any number of images."""

    def step(images: tf.Tensor) -> None:
        code = encoder(images)
        with tf.GradientTape(persistent=True) as tape:
            made = generator(code, training=True)
            real, fake = discriminator([images, code]), discriminator([made, code])
            image_loss = tf.reduce_mean(tf.square(made - images))
            feature_loss = tf.reduce_mean(tf.square(encoder(made) - code)) / tf.reduce_mean(tf.square(code))
            generator_loss = (
                recipe.image_weight * image_loss
                + recipe.feature_weight * feature_loss
                + recipe.adversarial_weight * tf.reduce_mean(tf.nn.softplus(-fake))
            )
            discriminator_loss = tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(fake))
        for loss, network, optimizer in zip(
            (generator_loss, discriminator_loss), (generator, discriminator), optimizers, strict=True
        ):
            optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

    signature = [tf.TensorSpec((None, *encoder.input_shape[1:]), tf.float32)]
    compiled: Callable[..., None] = tf.function(step, input_signature=signature, autograph=False)
    return compiled
