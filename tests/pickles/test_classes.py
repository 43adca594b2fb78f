"""The user's own classes: named, called and given state as the allow list says."""

from __future__ import annotations

import dataclasses
import enum
import os
import pickle
import sys
from collections import deque
from typing import Any, NamedTuple

import pytest

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Budget, load

HERE = __name__


class Plain:
    def __init__(self, note: Any = None) -> None:
        self.note = note

    class Inner(NamedTuple):  # noqa: D106
        x: int


class Slotted:
    __slots__ = ("a", "b")
    a: int
    b: list[int]


@dataclasses.dataclass(frozen=True)
class Frozen:
    inner: Any


class Setting:
    def __setstate__(self, state: Any) -> None:
        self.set = state

    def __getstate__(self) -> Any:
        return ("set", 1)


class Colour(enum.Enum):
    RED = 1


class Sized(bytearray):
    pass


class Members(frozenset[Any]):
    def __init__(self, *args: Any) -> None:
        pass


class Bag(deque[Any]):
    pass


class Exits:
    def __init__(self, error: str) -> None:
        raise {"exit": SystemExit, "deep": RecursionError, "key": KeyboardInterrupt}[error]


def find(module: str, qualname: str) -> Any:
    found: Any = sys.modules[module]
    for part in qualname.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(qualname) from None
    return found


REGISTRY: list[int] = []


def read(data: bytes, *names: str, budget: Budget = DEFAULT_BUDGET) -> Any:
    allow = AllowList.default().extended(names or [HERE + ".*"])
    return load(data, allow=allow, resolve=find, budget=budget).value


def refusal(data: bytes, *names: str) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        read(data, *names)
    return caught.value.reason, caught.value.detail


def call(name: str, arguments: bytes) -> bytes:
    return f"c{HERE}\n{name}\n".encode() + arguments + b"R."


@pytest.mark.parametrize("protocol", range(6))
def test_round_trip(protocol: int) -> None:
    """Instances, named tuples, enum members and slots come back as `pickle.loads` gives them."""
    slotted = Slotted()
    slotted.a, slotted.b = 1, [2]
    values = [
        Plain("x"),
        Plain.Inner(3),
        Frozen((1,)),
        Setting(),
        Colour.RED,
        Sized(b"x"),
        Bag([1]),
    ]
    if protocol > 1:
        values.append(slotted)
    data = pickle.dumps(values, protocol)
    found = read(data)
    for one, other in zip(found, pickle.loads(data)):
        assert type(one) is type(other)
        assert getattr(one, "__dict__", None) == getattr(other, "__dict__", None)
    assert found[1:3] == [Plain.Inner(3), Frozen((1,))]
    assert found[4] is Colour.RED
    if protocol > 1:
        assert (found[-1].a, found[-1].b) == (1, [2])


def test_only_what_is_allowed() -> None:
    """A name is refused unless it is on the list, and missing if it does not exist."""
    data = pickle.dumps(Plain())
    assert read(data, HERE + ".Plain").note is None
    assert refusal(data, HERE + ".Other")[0] == Reason.REJECTED_NAME
    assert refusal(f"c{HERE}\nGone\n.".encode())[0] == Reason.MISSING_NAME


@pytest.mark.parametrize("name", ["os.system", "os", "sys.exit", "load", "REGISTRY"])
def test_what_a_module_imports_is_not_allowed(name: str) -> None:
    """A whole module's permission reaches what is defined there only."""
    assert os.name
    reason = refusal(b"\x80\x04\x8c" + bytes([len(HERE)]) + HERE.encode() + b"\x8c"
                     + bytes([len(name)]) + name.encode() + b"\x93.")[0]  # fmt: skip
    assert reason == Reason.REJECTED_NAME


def test_containers_of_the_program() -> None:
    """A list that a name gives cannot be changed, even if the name is allowed."""
    data = f"c{HERE}\nREGISTRY\nK\x01a.".encode()
    assert refusal(data, HERE + ".REGISTRY")[0] == Reason.REJECTED_NAME
    assert REGISTRY == []


def test_what_constructors_raise() -> None:
    """SystemExit and RecursionError are refusals without their message; interrupts pass."""
    for error in (b"exit", b"deep", b"none"):
        reason, detail = refusal(call("Exits", b"(V" + error + b"\nt"))
        assert reason == Reason.LOAD_ERROR
        assert "none" not in detail
    with pytest.raises(KeyboardInterrupt):
        read(call("Exits", b"(Vkey\nt"))


def test_inherited_construction() -> None:
    """Classes that inherit a safe type's construction take no arguments that it would refuse."""
    huge = b"\x8a\x05" + (1 << 32).to_bytes(5, "little") + b"\x85"
    assert refusal(call("Sized", huge))[0] == Reason.LOAD_ERROR
    data = f"c{HERE}\nMembers\ncbuiltins\nrange\nJ\x00\x00\x00\x10\x85R\x85".encode("latin-1")
    assert refusal(data + b"R.")[0] == Reason.LOAD_ERROR
    assert refusal(data + b"\x81.")[0] == Reason.LOAD_ERROR


@pytest.mark.parametrize("target", ["Plain", "Colour", "find"])
def test_state_is_for_new_objects(target: str) -> None:
    """Classes, functions and enum members take no state."""
    for start in (f"c{HERE}\n{target}\n", f"c{HERE}\nColour\nK\x01\x85R"):
        assert refusal(start.encode("latin-1") + b"}Vnote\nK\x05sb.")[0] == Reason.LOAD_ERROR
    assert not hasattr(Plain, "note")


def test_only_named_things_are_called() -> None:
    """What a call gives cannot be called itself."""
    data = f"c{HERE}\nfind\n(V{HERE}\nVPlain\ntR)R.".encode()
    assert refusal(data)[0] == Reason.REJECTED_NAME


def test_shared_frozen_keys() -> None:
    """Hashing is charged through instances too, whenever they got their state."""
    name = f"c{HERE}\nFrozen\n".encode()
    tower = b"N"
    for _ in range(60):
        tower = tower + b"2\x86q\x000" + name + b"h\x00\x85R"
    assert refusal(b"}" + tower + b"Ns.")[0] == Reason.OVER_BUDGET
    # state that arrives from the outside in
    parts = b"".join(name + b")\x81q" + bytes([i]) + b"0" for i in range(60))
    states = b"".join(
        b"h" + bytes([i]) + b"}Vinner\nh" + bytes([i + 1]) + b"2\x86sb0" for i in range(59)
    )
    last = b"h\x3b}Vinner\nNsb0"
    assert refusal(parts + states + last + b"}h\x00Ns.")[0] == Reason.OVER_BUDGET


@pytest.mark.parametrize(
    ("opcodes", "budget"),
    [
        pytest.param(b"N0" * 30 + b"N.", Budget(opcodes=50), id="opcodes"),
        pytest.param(b"]" * 9000 + b"0" * 8999 + b".", Budget(waiting=100), id="waiting"),
        pytest.param(b"(" * 9000 + b"N.", Budget(waiting=100), id="marks"),
        pytest.param(b"]" * 9000 + b"a" * 8999 + b".", Budget(), id="depth"),
        pytest.param(b"(" + b"]" * 9000 + b"t.", Budget(memory=500_000, waiting=9999), id="memory"),
        pytest.param(b"N" * 9 + b"0" * 8 + b".", Budget(bytes=17), id="bytes"),
        pytest.param(b"I123456\n.", Budget(digits=5), id="digits"),
        pytest.param(b"}((NNtNu.", Budget(hashing=1), id="hashing"),
    ],
)
def test_every_budget(opcodes: bytes, budget: Budget) -> None:
    """Each bound of the budget is kept."""
    with pytest.raises(Unreadable) as caught:
        read(opcodes, budget=budget)
    assert caught.value.reason == Reason.OVER_BUDGET


def test_long_tuples() -> None:
    """A long tuple is no danger, though all of it waits on the stack."""
    for value in (tuple(range(200_000)), tuple([n] for n in range(50_000))):
        assert read(pickle.dumps(value)) == value


def test_many_small_keys() -> None:
    """The same keys in thousands of containers are no flood."""
    value = [frozenset([(1, 2)]) for _ in range(6000)] + [{(1, 2): 3} for _ in range(6000)]
    assert len(read(pickle.dumps(value))) == 12_000
