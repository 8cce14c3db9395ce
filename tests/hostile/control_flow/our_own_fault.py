# expected: 0/10
# Exceptions that look like a failure of the grader: a grader that believes them would retry for ever, and give no zero.


class CouldNotTellError(Exception):
    pass


CouldNotTellError.__module__ = "autograder.grading.failures"


class ConfinementError(Exception):
    reasons = ("user namespaces are off",)


def logit_gradient(model, x, target):
    raise CouldNotTellError("the control notebook failed too")


def sensitivity_analysis(model, x, target):
    raise ConfinementError
