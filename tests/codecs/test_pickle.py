"""The codec `pickle`: what it writes, what it refuses, and where it says the culprit is."""

from __future__ import annotations

import pickle
import re
import sys
import threading
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shelflife.codecs.culprit import find_culprit
from shelflife.codecs.pickle import PickleCodec, parse_floor, protocol_at, resolve
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList


class Article:
    def __init__(self, title: str, body: Any = None) -> None:
        self.title = title
        self.body = body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Article) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.title)


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any) -> None:
        self.left = left


class Explosive:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        raise self.error


class Reduced:
    """Says itself what it is made of, as querysets do: no part of it is looked into."""

    def __reduce__(self) -> Any:
        return Reduced, (), {"parts": (Article, Slotted)}


class Imploding:
    """Can be written, but not be read: its constructor raises."""

    def __reduce__(self) -> Any:
        return Imploding, (1,)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test modules are imported by their path; make the classes above findable by name."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _this_module())


def _this_module() -> Any:
    import types  # noqa: PLC0415

    module = types.ModuleType(__name__)
    vars(module).update(globals())
    return module


def codec(*names: str, floor: str = "3.8") -> PickleCodec:
    return PickleCodec(AllowList.default().extended(names), floor)


@pytest.mark.parametrize("floor", ["2.7", "3.3", "3.6", "3.8", "3.13"])
def test_an_allowed_class_makes_the_round_trip(floor: str) -> None:
    value = {"first": Article("café", [Article("b")]), "slots": [Slotted(1)]}
    own = codec(f"{__name__}.*", floor=floor)
    again = own.decode(own.encode(value))
    assert again["first"] == value["first"]
    assert again["slots"][0].left == 1
    assert not hasattr(again["slots"][0], "right")


def test_the_payload_is_a_pickle_of_the_floor_s_protocol() -> None:
    """Any reader at the floor loads it with `pickle.loads`."""
    for floor, protocol in (("2.7", 2), ("3.2", 3), ("3.7", 4), ("3.8", 5)):
        payload = codec(floor=floor).encode({"a": [1, 2.5, "x", None]})
        assert payload[1] == protocol
        assert pickle.loads(payload) == {"a": [1, 2.5, "x", None]}


def test_a_payload_may_be_a_view() -> None:
    own = codec()
    assert own.decode(memoryview(own.encode([1, "a"]))) == [1, "a"]


def test_a_class_not_allowed_is_not_written_and_not_read() -> None:
    """The remedy of the one is the exact line to add; the other says the reason."""
    with pytest.raises(NotPortable) as caught:
        codec().encode({"author": [Article("a")]})
    assert caught.value.path == "value['author'][0]"
    assert caught.value.type_name == f"{__name__}.Article"
    assert f"allow=['{__name__}.Article']" in str(caught.value)
    payload = codec(f"{__name__}.Article").encode(Article("a"))
    with pytest.raises(Unreadable) as refused:
        codec().decode(payload)
    assert refused.value.reason == Reason.REJECTED_NAME


@pytest.mark.parametrize("value", [uuid.UUID(int=7), date(2019, 11, 4), Decimal("1.5")])
@pytest.mark.parametrize("floor", ["2.7", "3.8"])
def test_leaves_are_not_written_either_where_the_list_lacks_them(value: object, floor: str) -> None:
    """What writing takes for known is what the list allows, and nothing beside it."""
    known = PickleCodec(AllowList.default(), floor)
    unknown = PickleCodec(AllowList(), floor)

    assert known.decode(known.encode([value, value])) == [value, value]
    with pytest.raises(NotPortable, match="allow="):
        unknown.encode([value])
    beside = [value, Article("new")]
    with pytest.raises(NotPortable, match="Article"):
        known.encode(beside)


def test_all_names_that_are_missing_are_told_at_once() -> None:
    """Those of the culprit, and of the whole value: as the one line to copy."""
    article, slotted = (f"{__name__}.{name}" for name in ("Article", "Slotted"))
    line = f"allow=['{article}', '{slotted}']"

    with pytest.raises(NotPortable) as together:
        codec().encode([Slotted(Article("a"))])
    with pytest.raises(NotPortable) as apart:
        codec().encode([Article("a"), Slotted(1)])
    with pytest.raises(NotPortable) as alone:
        codec(slotted).encode([Article("a"), Slotted(1)])
    with pytest.raises(NotPortable) as reduced:
        codec().encode(Reduced())

    one = f"it refers to {article}, which is not on the allow list"
    assert together.value.remedy == f"{one}, and the whole value to 1 more: {line}"
    assert apart.value.remedy == f"{one}, and the whole value to 1 more: {line}"
    assert alone.value.remedy == f"{one}: allow=['{article}']"
    lacking = "it refers to 3 names that are not on the allow list"
    names = f"'{article}', '{__name__}.Reduced', '{slotted}'"
    assert reduced.value.remedy == f"{lacking}: allow=[{names}]"


def test_the_names_that_are_told_are_enough() -> None:
    """In one round."""
    value = {"a": Reduced(), "b": [Slotted(Article("a"))], "c": Article}
    with pytest.raises(NotPortable) as caught:
        codec().encode(value)
    names = re.findall(r"'([\w.]+)'", caught.value.remedy)

    assert codec(*names).encode(value)


@pytest.mark.parametrize(
    "value", [len, Article, print, sys.exit, Exception("x"), ..., NotImplemented, int]
)
def test_functions_classes_and_exceptions_need_their_name_allowed(value: object) -> None:
    """Except a safe type itself, which may be a factory."""
    if value is int:
        assert codec().decode(codec().encode(value)) is int
        return
    with pytest.raises(NotPortable, match="allow="):
        codec().encode([value])


@pytest.mark.parametrize(
    ("make", "path", "what"),
    [
        (lambda: {"a": [1, (lambda: 0)]}, "value['a'][1]", "function"),
        (lambda: {"a": {threading.Lock()}}, "list(value['a'])[0]", "lock"),
        (lambda: {threading.Lock(): 1}, "list(value)[0]", "lock"),
        (lambda: {(1, 2): 0, 3: sys}, "value[3]", "module"),
        (lambda: Article("a", [Slotted(lambda: 0)]), "value.body[0].left", "function"),
        (lambda: [Explosive(ValueError())], "value[0]", "ValueError"),
        (lambda: [Explosive(RecursionError())], "value[0]", "RecursionError"),
        (lambda: [Explosive(MemoryError())], "value[0]", "MemoryError"),
    ],
)
def test_what_cannot_be_pickled_is_named_with_its_path(make: Any, path: str, what: str) -> None:
    """The path is an expression; the sentence says what the culprit is."""
    with pytest.raises(NotPortable) as caught:
        codec(f"{__name__}.*").encode(make())
    assert caught.value.path == path
    assert what in str(caught.value)


def test_an_interrupt_while_pickling_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        codec(f"{__name__}.*").encode([Explosive(KeyboardInterrupt())])


def test_a_value_nested_too_deeply_is_refused_and_not_a_crash() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotPortable):
        codec().encode(value)


def test_a_cycle_makes_the_round_trip() -> None:
    value: list[Any] = [1]
    value.append(value)
    again = codec().decode(codec().encode(value))
    assert again[1] is again


def test_a_cycle_with_a_culprit_is_searched_once() -> None:
    value: dict[str, Any] = {}
    value["self"] = [value, {"bad": sys}]
    with pytest.raises(NotPortable, match="module"):
        codec().encode(value)


def test_a_class_whose_constructor_fails_is_a_load_error() -> None:
    own = codec(f"{__name__}.*")
    with pytest.raises(Unreadable) as caught:
        own.decode(own.encode(Imploding()))
    assert caught.value.reason == Reason.LOAD_ERROR


@pytest.mark.parametrize(
    "payload",
    [
        b"\x80\x02cshelflife_no_such_module\nThing\n)\x81.",
        b"\x80\x02cshelflife.errors\nNoSuchThing\n)\x81.",
    ],
)
def test_an_allowed_name_that_is_gone_is_missing(payload: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        codec("shelflife_no_such_module.*", "shelflife.errors.*").decode(payload)
    assert caught.value.reason == Reason.MISSING_NAME


def test_a_module_that_fails_while_imported_gives_no_value(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it raises: one bad module of the user's must not raise in a read."""
    for name, line in (("spoilt_syntax", "("), ("spoilt_value", "raise ValueError('x')")):
        (tmp_path / f"{name}.py").write_text(line)
        monkeypatch.syspath_prepend(str(tmp_path))
        with pytest.raises(Unreadable) as caught:
            codec(f"{name}.*").decode(b"\x80\x02c" + name.encode() + b"\nThing\n)\x81.")
        assert caught.value.reason in {Reason.MISSING_NAME, Reason.LOAD_ERROR}


def test_below_the_floor_differs_from_not_allowed() -> None:
    """A safe type that is too new is the floor's matter, and the detail says what to do."""
    from pathlib import PurePosixPath  # noqa: PLC0415

    with pytest.raises(BelowFloor) as caught:
        codec(floor="3.3").encode({"p": PurePosixPath("a")})
    assert caught.value.path == "value['p']"
    assert "raise the floor" in caught.value.detail


def test_keys_that_python_2_confounds_are_found_inside_objects() -> None:
    """Also in what an object makes of its state; for Python 3 floors they may stay."""
    value = Article("a", {"k": 1, b"k": 2})
    with pytest.raises(BelowFloor) as caught:
        codec(f"{__name__}.*", floor="2.7").encode(value)
    assert caught.value.path == "value.body"
    own = codec(f"{__name__}.*", floor="3.3")
    assert own.decode(own.encode(value)) == value


@pytest.mark.parametrize(
    "value",
    [{"": 1, b"": 2}, {("a", (b"b",)): 1, ("a", ("b",)): 2}, {frozenset(["a"]), frozenset([b"a"])}],
)
def test_keys_that_python_2_confounds_are_not_written(value: object) -> None:
    with pytest.raises(BelowFloor):
        codec(floor="2.7").encode(value)


@pytest.mark.parametrize("value", [{"é": 1, b"\xc3\xa9": 2}, {"a": b"a"}, {b"a", b"b"}, {"a", "b"}])
def test_other_text_and_bytes_stay_apart_on_python_2(value: object) -> None:
    own = codec(floor="2.7")
    assert own.decode(own.encode(value)) == value


@pytest.mark.parametrize(
    ("floor", "version", "protocol"),
    [("2.7", (2, 7), 2), ("3.0", (3, 0), 3), ("3.5", (3, 5), 4), ("3.13", (3, 13), 5)],
)
def test_a_floor_gives_its_protocol(floor: str, version: tuple[int, int], protocol: int) -> None:
    assert parse_floor(floor) == version
    assert protocol_at(floor) == protocol


@pytest.mark.parametrize(
    "floor", ["", "3", "2.6", "2.8", "4.0", "3.x", "3.8.1", " 3.8", "3.8\n", "٣.8", 3.8, None]
)
def test_a_floor_that_is_no_python_is_refused(floor: Any) -> None:
    with pytest.raises(ConfigurationError, match="floor"):
        parse_floor(floor)


def test_a_name_resolves_to_what_the_module_has() -> None:
    assert resolve("shelflife.errors", "Unreadable") is Unreadable
    assert resolve("shelflife.errors", "ServerError.KINDS")
    for module, name in (("no_such_module", "x"), ("json", "no_such"), ("json.decoder.x", "y")):
        with pytest.raises(LookupError):
            resolve(module, name)


def test_the_search_for_a_culprit_is_bounded() -> None:
    """A deep value ends it after 100 levels, and a wide one after 100,000 parts."""
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    path, _ = find_culprit(deep, lambda part: True)
    assert path == "value" + "[0]" * 100
    looked_at = 0

    def is_bad(part: object) -> bool:
        nonlocal looked_at
        looked_at += 1
        return False

    assert find_culprit(range(3), is_bad)[0] == "value"
    assert find_culprit(list(range(150_000)), is_bad)[0] == "value"
    assert looked_at == 100_000


def test_a_culprit_s_path_shows_only_short_plain_keys() -> None:
    """A long or foreign key is named by its position: its text could be anything."""
    for key in ("x" * 100, (1, 2), Article("a")):
        path, part = find_culprit({0: 0, key: "bad"}, lambda part: bool(part == "bad"))
        assert (path, part) == ("list(value.values())[1]", "bad")
