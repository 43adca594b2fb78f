"""Opcodes that refer to names, call them, or refer to what is outside of the pickle."""

# ruff: noqa: D103 - the table at the end names the opcodes
# ruff: noqa: ARG001 - handlers have one signature

from __future__ import annotations

from typing import Any

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles.calls import call, create, find, give_state, instantiate
from shelflife.pickles.refusals import corrupt, load_error, rejected
from shelflife.pickles.state import UINT8, Handler, State

NEWEST = 5


def name_lines(state: State, pos: int) -> int:
    return _named_lines(state, pos)[1]


def _named_lines(state: State, pos: int) -> tuple[Any, int]:
    module, after = state.line(pos)
    qualname, end = state.line(after)
    target = find(state, str(module, "utf-8"), str(qualname, "utf-8"))
    state.stack.append(target)
    return target, end


def name_on_stack(state: State, pos: int) -> int:
    qualname = state.pop(pos)
    module = state.pop(pos)
    if type(module) is not str or type(qualname) is not str:
        raise corrupt("a name that is no text", pos)
    state.stack.append(find(state, module, qualname))
    return pos


def reduce(state: State, pos: int) -> int:
    args = state.pop(pos)
    function = state.pop(pos)
    state.stack.append(call(state, function, args))
    return pos


def new_object(state: State, pos: int) -> int:
    args = state.pop(pos)
    kind = state.pop(pos)
    state.stack.append(create(state, kind, args, {}))
    return pos


def new_object_ex(state: State, pos: int) -> int:
    kwargs = state.pop(pos)
    args = state.pop(pos)
    kind = state.pop(pos)
    state.stack.append(create(state, kind, args, kwargs))
    return pos


def instance(state: State, pos: int) -> int:
    args = tuple(state.pop_mark(pos))
    target, end = _named_lines(state, pos)
    state.stack[-1] = instantiate(state, target, args)
    return end


def object_of_all(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    if not items:
        raise corrupt("a class is missing from the stack", pos)
    state.stack.append(instantiate(state, items[0], tuple(items[1:])))
    return pos


def build(state: State, pos: int) -> int:
    content = state.pop(pos)
    give_state(state, state.top(pos), content)
    return pos


def proto(state: State, pos: int) -> int:
    declared = state.data[pos]
    if pos != 1:
        raise corrupt("a protocol in the middle", pos)
    if declared > NEWEST:
        raise Unreadable(Reason.PROTOCOL, f"pickle protocol {declared}; this reads up to {NEWEST}")
    state.protocol = declared
    return pos + 1


def frame(state: State, pos: int) -> int:
    state.take(pos + 8, UINT8(state.data, pos)[0])
    return pos + 8


def persistent(state: State, pos: int) -> int:
    raise load_error("the pickle refers to persistent objects outside of it")


def out_of_band(state: State, pos: int) -> int:
    raise load_error("the pickle refers to buffers outside of it")


def extension(state: State, pos: int) -> int:
    raise rejected("an extension code", "of copyreg's registry is on no allow list")


HANDLERS: dict[bytes, Handler] = {
    b"c": name_lines,
    b"\x93": name_on_stack,
    b"R": reduce,
    b"\x81": new_object,
    b"\x92": new_object_ex,
    b"i": instance,
    b"o": object_of_all,
    b"b": build,
    b"\x80": proto,
    b"\x95": frame,
    b"P": persistent,
    b"Q": persistent,
    b"\x97": out_of_band,
    b"\x98": out_of_band,
    b"\x82": extension,
    b"\x83": extension,
    b"\x84": extension,
}
