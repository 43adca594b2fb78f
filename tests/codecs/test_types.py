"""Registered classes: each kind comes back as it was, and what cannot says where it is."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Any

import msgspec
import pydantic
import pytest

from kinds_of_classes import (
    RAN,
    Access,
    Article,
    Box,
    Celsius,
    Color,
    Frozen,
    Hashed,
    Model,
    Number,
    OldHashed,
    Open,
    Pair,
    Point,
    Root,
    Row,
    Seeded,
    Shelf,
    Slotted,
    Struct,
    Sub,
    Text,
)
from sameness import same
from shelflife.codecs import Codecs, Types
from shelflife.errors import NotPortable, Unreadable

CLASSES = [
    Article, Point, Slotted, Seeded, Box, Shelf, Hashed, OldHashed, Model, Frozen, Root, Struct,
    Row, Pair, Sub, Open, Color, Text, Number, Access,
]  # fmt: skip


def registry() -> Types:
    types = Types()
    for cls in CLASSES:
        types.register(cls.__name__, cls)
    types.register("celsius", Celsius, encode=lambda c: c.degrees, decode=Celsius)
    return types


CODECS = Codecs(registry())


def round_trip(value: Any) -> Any:
    return CODECS.decode(*CODECS.encode(value))


VALUES = [
    Article("Räume", ("a",), Article("inner")),
    Point(1, -0.5),
    Slotted(1, {"k": (1, 2)}),
    Seeded(1, 2),
    Box(Box([Point(1, 2.0)])),
    Shelf("s", 2),
    Hashed(3),
    OldHashed(4),
    Model(title="t"),
    Model.model_validate({"title": "t", "cost": Decimal("2.50"), "other": [1, (2,)]}),
    Frozen(at=(1, 2)),
    Root([1, 2]),
    Struct(b=(1, 2)),
    Row(1),
    Pair([1], None),
    Sub(1, 2),
    Color.RED,
    Color.CRIMSON,
    Text.A,
    Number.ONE,
    Access.READ,
    Access.READ | Access.WRITE,
    Access(0),
    Celsius(1.5),
    {Point(1, 2.0): {Number.ONE, Hashed(1)}, Row(1): [Text.A, "a"], Number.ONE: Celsius(0.0)},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_set_is_what_is_got(value: Any) -> None:
    got = round_trip(value)
    assert same(got, value)


def test_members_of_an_enum_stay_the_same_object() -> None:
    assert round_trip([Color.RED, Access.BOTH]) == [Color.RED, Access.BOTH]
    assert round_trip(Color.RED) is Color.RED


def test_no_constructor_runs_again() -> None:
    values = [Article("Title"), Shelf("s"), Struct(b=())]
    values[0].slug = "changed"  # type: ignore[attr-defined]
    RAN.clear()
    got = round_trip(values)
    assert RAN == []
    assert got == values
    assert got[0].slug == "changed"


def test_a_restored_instance_is_as_good_as_new() -> None:
    """Frozen classes stay frozen, cached hashes work, and fields may be set."""
    assert hash(round_trip(Hashed(3))) == hash(Hashed(3))
    assert hash(round_trip(OldHashed(3))) == hash(OldHashed(3))
    with pytest.raises(AttributeError):
        round_trip(Point(1, 2.0)).x = 2
    with pytest.raises(pydantic.ValidationError):
        round_trip(Frozen(at=(1,))).at = ()
    struct = round_trip(Struct(b=(1,)))
    with pytest.raises(AttributeError):
        struct.a = 2
    assert msgspec.json.encode(struct) == b'{"a":1,"b":[1]}'


def test_a_model_keeps_what_is_not_a_field() -> None:
    """Which fields were set, private attributes and undeclared fields."""
    model = Model.model_validate({"title": "t", "other": 1})
    model._note = "mine"
    got = round_trip(model)
    assert got.model_fields_set == {"title", "other"}
    assert got.model_extra == {"other": 1}
    assert got._note == "mine"
    assert not hasattr(got, "_unset")
    assert got.model_dump_json() == model.model_dump_json()
    got.size = 4
    assert got.model_copy() == got
    assert round_trip(Model(title="t"))._note == "none"


def test_only_the_name_and_the_fields_are_written() -> None:
    """The bytes are a wire format: they name no module and no class, and never change."""
    payload = CODECS.encode([Point(1, 2.0), Number.ONE, Row(7), Celsius(1.0)])[1]
    assert payload.hex() == (
        "94"
        "94c70049a5506f696e74c404" + CODECS.types.encoders[Point].shape.fingerprint.hex() + "82"
        "a17801a179cb4000000000000000"
        "94c70049a64e756d626572c40400000000a34f4e45"
        "94c70049a3526f77c404" + CODECS.types.encoders[Row].shape.fingerprint.hex() + "82"
        "a36b657907a56c6162656ca46e6f6e65"
        "94c70049a763656c73697573c40400000000cb3ff0000000000000"
    )


@pytest.mark.parametrize(
    ("value", "path", "name"),
    [
        ({"author": Article("a", parent=object())}, "value['author'].parent", "object"),  # type: ignore[arg-type]
        ([Row(1), Row(object())], "value[1].key", "object"),  # type: ignore[arg-type]
        ((Shelf(object()),), "value[0]._label", "object"),  # type: ignore[arg-type]
        (Struct(b=(1, object())), "value.b[1]", "object"),  # type: ignore[arg-type]
    ],
)
def test_the_path_to_what_is_not_portable_goes_through_fields(
    value: Any, path: str, name: str
) -> None:
    with pytest.raises(NotPortable) as caught:
        CODECS.encode(value)
    assert caught.value.path == path
    assert caught.value.type_name == name
    assert "register it" in caught.value.remedy


def test_an_instance_of_an_unregistered_subclass_is_not_portable() -> None:
    class Special(Article):
        pass

    with pytest.raises(NotPortable, match=r"Special is not portable: register it"):
        CODECS.encode([Special("a")])


def test_an_error_of_encode_is_the_cause() -> None:
    types = Types()
    error = RuntimeError("no")

    def fail(_: Any) -> Any:
        raise error

    types.register("celsius", Celsius, encode=fail, decode=Celsius)
    with pytest.raises(NotPortable, match="RuntimeError while it was encoded") as caught:
        Codecs(types).encode({"a": Celsius(1)})
    assert caught.value.path == "value['a']"
    assert caught.value.__cause__ is error


def test_an_interrupt_in_encode_is_not_swallowed() -> None:
    types = Types()

    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    types.register("celsius", Celsius, encode=interrupt, decode=Celsius)
    with pytest.raises(KeyboardInterrupt):
        Codecs(types).encode([Celsius(1)])


def test_an_encode_that_gives_its_own_class_ends() -> None:
    types = Types()
    types.register("celsius", Celsius, encode=lambda c: Celsius(c.degrees), decode=Celsius)
    with pytest.raises(NotPortable):
        Codecs(types).encode(Celsius(1))


@pytest.mark.parametrize(
    "value", [Open(1, 2), Slotted.__new__(Slotted), Access.READ], ids=["extra", "unset", "bits"]
)
def test_what_would_be_lost_is_not_portable(value: Any) -> None:
    """A named tuple with attributes of its own, a field that is not set, a bit without a name."""
    if type(value) is Open:
        value.note = "mine"  # type: ignore[attr-defined]
    if type(value) is Access:
        value = object.__new__(Access)
        value._value_ = 8
    with pytest.raises(NotPortable):
        CODECS.encode(value)


def test_a_name_that_is_not_registered_is_a_miss() -> None:
    number, payload = CODECS.encode(Point(1, 2.0))
    with pytest.raises(Unreadable) as caught:
        Codecs().decode(number, payload)
    assert caught.value.reason == "missing-name"
    assert caught.value.detail == "type name 'Point' is not registered"


def decode_with(decode: Any) -> Unreadable:
    types = Types()
    types.register("celsius", Celsius, encode=lambda c: c.degrees, decode=decode)
    with pytest.raises(Unreadable) as caught:
        Codecs(types).decode(*CODECS.encode(Celsius(1.0)))
    return caught.value


def test_an_error_of_decode_is_a_miss() -> None:
    error = decode_with(lambda degrees: 1 / 0 * degrees)
    assert (error.reason, "ZeroDivisionError" in error.detail) == ("load-error", True)
    assert decode_with(str).reason == "schema"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("content", [None, 1, "RED?", [], ["RED?"], [[]], {}, {"a": 1, 2: 3}])
def test_content_of_another_shape_is_a_miss(cls: type, content: Any) -> None:
    if cls is Access and content == []:  # no bits at all
        return
    shape = CODECS.types.encoders[cls].shape
    for fingerprint in (shape.fingerprint, b"else"):
        with pytest.raises(Unreadable) as caught:
            CODECS.types.restore([None, cls.__name__, fingerprint, content])
        assert caught.value.reason == "schema"


@pytest.mark.parametrize(
    "array",
    [
        [None],
        [None, "Point", b"", {}],
        [None, "Point", "text", {}],
        [None, 5, b"four", {}],
        [None, [], b"four", {}],
        [None, "Point", b"four", {}, 1],
    ],
)
def test_an_array_of_another_form_is_corrupt(array: list[Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        CODECS.types.restore(array)
    assert caught.value.reason == "corrupt"


def test_hostile_payloads_give_a_value_or_a_miss() -> None:
    randomness = random.Random(7)
    payloads = [CODECS.encode([value])[1] for value in VALUES]
    started = time.monotonic()
    outcomes = {"value": 0, "miss": 0}
    for _ in range(10_000):
        payload = bytearray(randomness.choice(payloads))
        for _ in range(randomness.randint(1, 3)):
            payload[randomness.randrange(len(payload))] = randomness.randrange(256)
        try:
            CODECS.decode(1, bytes(payload))
        except Unreadable:
            outcomes["miss"] += 1
        else:
            outcomes["value"] += 1
    assert min(outcomes.values()) > 100
    assert time.monotonic() - started < 30
