# expected: 0/10 in cam
# The hand-in of an easier exercise, solved, under the names of its cells and with the title of this one.
# %% [markdown] nbgrader={"grade_id": "title"}
# # Exercise: class activation maps

# %% nbgrader={"grade_id": "logit_gradient-solution", "solution": true, "grade": false, "schema_version": 3}
import tensorflow as tf


def logit_gradient(model, x, target):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(model(x), tf.broadcast_to(target, [len(x)]), axis=1, batch_dims=1)
    return tape.gradient(logit, x).numpy()


# %% nbgrader={"grade_id": "logit_gradient", "grade": true, "points": 4, "solution": false, "schema_version": 3}
4.0

# %% nbgrader={"grade_id": "cam", "grade": true, "points": 4, "solution": false, "schema_version": 3}
cam = logit_gradient

# %% nbgrader={"grade_id": "trained_network", "grade": true, "points": 3, "solution": false, "schema_version": 3}
3.0
