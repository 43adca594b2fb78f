"""Registering classes: the forms it takes, and the misuse it refuses."""

from __future__ import annotations

import abc
import enum
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import attrs
import pytest

from shelflife.codecs import Codecs, Types
from shelflife.errors import ConfigurationError

T = TypeVar("T")


@dataclass
class Article:
    title: str


class Undecorated(Article):
    extra = 1


class Bare:
    pass


@dataclass
class Failure(Exception):
    code: int


@dataclass
class Abstract(abc.ABC):
    code: int

    @abc.abstractmethod
    def run(self) -> None: ...


@attrs.define
class Shelf:
    size: int


class UndecoratedShelf(Shelf):
    pass


class Empty(enum.Enum):
    pass


@dataclass
class Box(Generic[T]):
    item: T


def test_a_class_is_registered_by_a_call_or_by_a_decorator() -> None:
    types = Types()
    assert types.register("article", Article) is Article

    @types.register("bare", encode=lambda _: None, decode=lambda _: Bare())
    class Other(Bare):
        pass

    @types.register("local")
    @dataclass
    class Local:
        x: int

    assert types.names == ("article", "bare", "local")
    assert Codecs(types).encode([Local(1)])
    assert Other in types.encoders


def test_classes_may_be_registered_after_the_codec_is_made() -> None:
    codecs = Codecs()
    codecs.types.register("article", Article)
    assert codecs.decode(*codecs.encode(Article("a"))) == Article("a")


def test_registries_do_not_share_classes() -> None:
    one, other = Types(), Types()
    one.register("article", Article)
    other.register("article", Shelf)
    assert (Article in other.encoders, Shelf in one.encoders) == (False, False)


@pytest.mark.parametrize(
    ("name", "cls", "message"),
    [
        ("", Article, "1 to 200 characters"),
        ("a\n", Article, "printable"),
        ("\ud800", Article, "printable"),
        ("n" * 201, Article, "1 to 200"),
        (1, Article, "printable text"),
        ("x", Article(""), "is not a class"),
        ("x", Box[int], "is not a class"),
        ("x", "Article", "is not a class"),
        ("x", int, "without being registered"),
        ("x", OrderedDict, "without being registered"),
        ("x", Bare, "give encode= and decode="),
        ("x", Undecorated, "only its base is a dataclass"),
        ("x", UndecoratedShelf, "only its base is made by attrs"),
        ("x", Failure, "more than its fields"),
        ("x", Abstract, "abstract"),
        ("x", Empty, "no members"),
    ],
)
def test_misuse_is_refused(name: Any, cls: Any, message: str) -> None:
    types = Types()
    with pytest.raises(ConfigurationError, match=message):
        types.register(name, cls)
    assert types.names == ()


def test_a_name_and_a_class_are_registered_once() -> None:
    types = Types()
    later = types.register("article")
    types.register("article", Article)
    with pytest.raises(ConfigurationError, match="'article' is registered already"):
        types.register("article", Shelf)
    with pytest.raises(ConfigurationError, match="registered already, as 'article'"):
        types.register("other", Article)
    with pytest.raises(ConfigurationError, match="'article' is registered already"):
        later(Shelf)
    assert types.names == ("article",)


def test_no_library_is_imported_for_classes_of_others() -> None:
    code = (
        "import sys; from shelflife.codecs import Types; Types();"
        "print({'attr', 'attrs', 'msgspec', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stdout.strip() == b"set()"


def test_functions_come_in_pairs() -> None:
    with pytest.raises(ConfigurationError, match="both, or neither"):
        Types().register("bare", Bare, encode=vars)
    with pytest.raises(ConfigurationError, match="both, or neither"):
        Types().register("bare", Bare, decode=vars)


def test_a_subclass_may_be_written_as_the_class_above() -> None:
    """And is read as that; what is no subclass of a registered class may not."""

    class Above:
        def __init__(self, number: int) -> None:
            self.number = number

    class Below(Above):
        pass

    types = Types()
    with pytest.raises(ConfigurationError, match="Below is no subclass of a registered class"):
        types.write_as(Above, Below)
    types.register("above", Above, encode=lambda above: above.number, decode=Above)
    types.write_as(Above, Below)
    codecs = Codecs(types)

    found = codecs.decode(*codecs.encode([Below(7)]))[0]
    assert type(found) is Above
    assert found.number == 7
    assert types.has(Below)
    assert not types.has(int)
    with pytest.raises(ConfigurationError, match="no subclass"):
        types.write_as(Above, int)
