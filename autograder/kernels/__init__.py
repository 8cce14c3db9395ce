"""Kernels that start at once: a warm parent imports TensorFlow once and forks a Jupyter kernel whenever one is wanted.

The book's pages are built with them, and the course server starts a reader's and a learner's kernels with them. They
are ordinary kernels with all rights of whoever starts them: nothing here confines, that is `autograder.sandbox`.
"""
