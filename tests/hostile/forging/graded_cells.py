# expected: 0/10
# Cells under the grade ids of the exercise, with points and sources of the learner's own.
# %% nbgrader={"grade_id": "logit_gradient", "grade": true, "points": 100, "solution": false, "schema_version": 3}
10.0

# %% nbgrader={"grade_id": "trained_network", "grade": true, "points": 1000, "locked": false, "solution": true}
10.0

# %% nbgrader={"grade_id": "trained_network", "grade": true, "points": -3, "task": true, "schema_version": 99}
10.0

# %% nbgrader={"grade_id": "another", "grade": true, "points": 50, "solution": false, "schema_version": 3}
50.0


# %% nbgrader={"grade_id": "logit_gradient-check", "grade": true, "points": 5}
def logit_gradient(model, x, target):
    return 0 * x


# %% nbgrader={"grade_id": "sensitivity_analysis-solution", "grade": true, "points": 7, "solution": true}
sensitivity_analysis = logit_gradient
