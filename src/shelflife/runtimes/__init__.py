"""Runtimes: what an interpreter, declared or real, makes of names and pickles.

Nothing of an entry is imported or loaded in this process: a real runtime does that in disposable
children of the target's own interpreter.
"""

from shelflife.runtimes.targets import open_target

__all__ = ["open_target"]
