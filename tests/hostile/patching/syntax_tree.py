# expected: 0/10
# A transformer of the syntax tree that drops every assert and every comparison: gave full marks with nbgrader.
import ast

import numpy as np


class WithoutAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

    def visit_Constant(self, node):
        return ast.Constant(10.0) if node.value == 0.0 else node


get_ipython().ast_transformers.append(WithoutAsserts())


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
