# expected: 0/10
# Cells whose ids are those of other cells, twice, empty, and those that the grader makes itself.
# %% nbgrader={"grade_id": "extra-1"}
x = 1

# %% nbgrader={"grade_id": "imports"}
print("in place of the imports")

# %% nbgrader={"grade_id": ""}
x = 2

# %% nbgrader={"grade_id": "notes-of-intake"}
x = 3

# %% nbgrader={"grade_id": ["logit_gradient"]}
x = 4

# %% nbgrader="logit_gradient"
x = 5

# %% nbgrader={"grade_id": "logit_gradient-solution"}
logit_gradient = lambda model, x, target: 0 * x

# %% nbgrader={"grade_id": "logit_gradient-solution"}
logit_gradient = lambda model, x, target: 1 + 0 * x
