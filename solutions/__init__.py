"""The reference implementations, one module per technique; they import ``understanding_nn`` and earlier solutions.

Chapters show results with them, graders compare with them, and the exercises are derived from them.
"""
