"""The grader of backpropagation, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "backpropagation"
# Image by image, with a tape of its own; float64 at the end; prints and warns.
LOOP_SALIENCY = """
    def backpropagation(model, x, target):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        slopes = []
        for image, one in zip(x, np.broadcast_to(target, len(x))):
            image = tf.constant(image[None])
            with tf.GradientTape() as tape:
                tape.watch(image)
                logit = model(image)[0, int(one)]
            slopes.append(tape.gradient(logit, image)[0])
        return np.sqrt(np.square(np.stack(slopes).astype(np.float64)))
    """
# The price is differentiated by the tape; a compiled step; one image after another.
TAPE_ASCENT = """
    @tf.function
    def uphill(model, x, one_hot, mean, l2, rate):
        with tf.GradientTape() as tape:
            tape.watch(x)
            price = tf.reduce_sum(tf.math.squared_difference(x, mean), axis=(1, 2, 3))
            objective = tf.reduce_sum(model(x) * one_hot, axis=1) - l2 * price
        return x + rate * tape.gradient(objective, x)

    def class_model_visualization(
        model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200
    ):
        targets = np.broadcast_to(target, len(start))
        means = np.broadcast_to(mean, np.shape(start)).astype(np.float32)
        images = []
        for x, one, center in zip(start, targets, means):
            one_hot = tf.one_hot([one], model.output_shape[-1])
            x = tf.constant(x[None])
            for _ in range(num_steps):
                x = uphill(model, x, one_hot, tf.constant(center[None]), tf.constant(l2), tf.constant(learning_rate))
            images.append(x[0])
        return tf.stack(images)
    """
SIGNS_SALIENCY = """
    def backpropagation(model, x, target):
        slope = tf.constant(logit_gradient(model, x, target))
        return slope * tf.sign(slope)
    """
# As a walk of the difference to the mean, in float64, with the factors of the step multiplied out.
DECAYING_ASCENT = """
    def class_model_visualization(
        model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200
    ):
        difference = np.asarray(start, np.float64) - mean
        for _ in range(num_steps):
            slope = logit_gradient(model, (difference + mean).astype(np.float32), target)
            difference = (1 - 2 * learning_rate * l2) * difference + learning_rate * slope
        return difference + mean
    """
DIALECTS = {
    "image by image, by tape": {"backpropagation": LOOP_SALIENCY, "class_model_visualization": TAPE_ASCENT},
    "multiplied out, in float64": {"backpropagation": SIGNS_SALIENCY, "class_model_visualization": DECAYING_ASCENT},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report
