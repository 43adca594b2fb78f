"""The serializer of most libraries: pickle.

A library wraps some of its values into a class of its own. Such a name is not on anybody's allow
list; a stand-in takes its place, and whoever asked for that looks whether it was met.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from shelflife import pickles
from shelflife.codecs.pickle import PickleCodec, resolve
from shelflife.dialects.serving.terms import NEWEST, Terms
from shelflife.pickles import AllowList


class StandIn(NamedTuple):
    """What takes the place of a class that the library pickles around its values.

    Attributes:
        module: The class's module.
        qualname: Its name.
        target: What is called in its place.
    """

    module: str
    qualname: str
    target: Any


class Pickles:
    """Values as pickles, by the allow list and the floor.

    Args:
        terms: The cache's options.
        highest: The highest protocol that the library's own releases write.
    """

    def __init__(self, terms: Terms, highest: int = 5) -> None:
        self._terms = terms
        self._allowed: dict[str, AllowList] = {}
        self._codec = PickleCodec(
            terms.allow,
            terms.floor or NEWEST,
            text=terms.text,
            budget=terms.budget,
            lacks=terms.lacks,
            highest=highest,
            note_mixture=partial(terms.note, "py2-mixture"),
        )

    def load(self, data: bytes) -> Any:
        """Give the value of a pickle of any protocol; raises Unreadable and nothing else."""
        return self._codec.decode(data)

    def load_with(self, data: bytes, stand_in: StandIn) -> tuple[Any, bool]:
        """Give the value, and whether the stand-in was met; raises as `load`."""
        met = False

        def find(module: str, qualname: str) -> Any:
            nonlocal met
            if (module, qualname) != stand_in[:2]:
                return resolve(module, qualname)
            met = True
            return stand_in.target

        terms = self._terms
        loaded = pickles.load(
            data,
            allow=self._allow_with(f"{stand_in.module}.{stand_in.qualname}"),
            resolve=find,
            text=terms.text,
            budget=terms.budget,
        )
        if loaded.mixed:
            terms.note("py2-mixture")
        return loaded.value, met

    def _allow_with(self, name: str) -> AllowList:
        if name not in self._allowed:
            self._allowed[name] = self._terms.allow.extended([name])
        return self._allowed[name]

    def dump(self, value: Any) -> bytes:
        """Give a pickle that the floor's readers read; raises NotPortable or BelowFloor."""
        return self._codec.encode(value)
