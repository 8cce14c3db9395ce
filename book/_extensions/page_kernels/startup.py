"""Keep what TensorFlow's libraries print while they are imported out of the first cell that imports it.

Runs at the start of a kernel. The notes come from C++, before any log level applies, so standard error itself is
closed to them for as long as the import lasts; Python's own warnings and errors go another way and are seen.
"""

import importlib.abc
import importlib.machinery
import os
import sys


class QuietImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for TensorFlow's loader, once."""

    def find_spec(self, name, path=None, _target=None):
        """Take over the import of TensorFlow and of nothing else."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        """As usual."""
        return self.loader.create_module(spec)

    def exec_module(self, module):
        """Import with standard error pointing nowhere."""
        module.__spec__.loader = module.__loader__ = self.loader
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            self.loader.exec_module(module)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


sys.meta_path.insert(0, QuietImport())
del QuietImport
