"""Foreign pickles, read without any loader.

An own virtual machine builds the values, under fixed budgets, and calls only what an allow list
names; the vet says which pickles could be left to a loader. Nothing here imports `pickle` or
`importlib`.
"""

from shelflife.pickles.budget import DEFAULT_BUDGET, Budget
from shelflife.pickles.facts import Facts
from shelflife.pickles.leaves import LEAF_NAMES
from shelflife.pickles.machine import Loaded, load
from shelflife.pickles.names import AllowList, Resolve, canonical
from shelflife.pickles.plain import Vet
from shelflife.pickles.safe import SAFE
from shelflife.pickles.text import Py2Text
from shelflife.pickles.walker import facts

__all__ = [
    "DEFAULT_BUDGET",
    "LEAF_NAMES",
    "SAFE",
    "AllowList",
    "Budget",
    "Facts",
    "Loaded",
    "Py2Text",
    "Resolve",
    "Vet",
    "canonical",
    "facts",
    "load",
]
