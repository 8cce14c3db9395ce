"""Runs code that nobody trusts: a warm parent inside bubblewrap forks one confined child for each hand-in.

Start at `sandbox.py` (what the grader uses), then `inside/` (the only code of ours that a submission can see). May
import `understanding_nn` and `autograder.errors`; `inside/` imports nothing of `autograder` outside its own folder.
"""

from autograder.sandbox.child import CellResult, Child
from autograder.sandbox.errors import CallFailed, CallStopped, ChildLost, ConfinementError, ValueRefused
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Sandbox

__all__ = [
    "CallFailed",
    "CallStopped",
    "CellResult",
    "Child",
    "ChildLost",
    "ConfinementError",
    "Limits",
    "Sandbox",
    "ValueRefused",
]
