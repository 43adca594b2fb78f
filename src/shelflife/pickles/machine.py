"""A machine that builds the value of a pickle itself, under a budget. No loader sees the bytes.

Rules:
1. Whatever the bytes, `load` gives a value or raises Unreadable.
2. Nothing is called but the builders of the safe table and what the user allowed by name.
3. What a pickler never writes is `corrupt`, also where a loader would shrug: values left on the
   stack, marks left open, bytes after the end. Fewer broken entries then load as another value.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any, NamedTuple

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import containers, objects, scalars, stack
from shelflife.pickles.allow import AllowList
from shelflife.pickles.budget import DEFAULT_BUDGET, Budget
from shelflife.pickles.depth import check_depth
from shelflife.pickles.names import Finder, Resolve
from shelflife.pickles.opcodes import OPCODES
from shelflife.pickles.state import Handler, State, corrupt, load_error, over_budget
from shelflife.pickles.text import Py2Text

_STRIDE = 4096  # Opcodes between two looks at what is left of the budget.


class Loaded(NamedTuple):
    """What a pickle gave.

    Attributes:
        value: The value.
        mixed: Whether some non-ASCII 8-bit strings became text and others stayed bytes.
    """

    value: Any
    mixed: bool


class _Stopped(Exception):
    """The STOP opcode, at the offset before this one."""


def load(
    data: bytes,
    *,
    allow: AllowList,
    resolve: Resolve,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    budget: Budget = DEFAULT_BUDGET,
) -> Loaded:
    """Build the value of a pickle of protocol 0 to 5, Python 2's included.

    Args:
        data: The whole pickle; bytes after its end are `corrupt`.
        allow: The names it may refer to.
        resolve: Gives the object of an allowed name that is not in the safe table.
        text: What Python 2's non-ASCII 8-bit strings become.
        budget: What it may cost.

    Raises:
        Unreadable: For everything that gives no value, whatever the bytes.
    """
    if len(data) > budget.bytes:
        raise over_budget(f"a pickle of {len(data)} bytes; the budget is {budget.bytes}")
    state = State(data, Finder(allow, resolve), text, budget)
    try:
        value = _run(state)
        if state.memory < budget.memory - 48 * budget.depth:
            check_depth(state, value)
    except BaseException:
        # Deques and defaultdicts are freed recursively: take long chains of them apart first.
        for container in state.fragile:
            container.clear()
        raise
    if text is Py2Text.STRICT and state.stayed_bytes:
        raise Unreadable(Reason.PY2_BYTES, "an 8-bit string of Python 2 that is not UTF-8")
    return Loaded(value, bool(state.became_text and state.stayed_bytes))


def _run(state: State) -> Any:
    data, handlers, pos = state.data, _HANDLERS, 0
    try:
        for _ in repeat(None, state.budget.opcodes // _STRIDE + 1):
            for _ in repeat(None, _STRIDE):
                pos = handlers[data[pos]](state, pos + 1)
            _check_budget(state)
    except _Stopped:
        return _result(state, pos + 1)
    except Unreadable as refusal:
        if refusal.reason != Reason.CORRUPT:
            raise
        raise corrupt(refusal.detail, pos) from None
    except IndexError:
        raise _ended_early(state, pos) from None
    except ValueError as error:
        raise corrupt(f"not a pickle ({type(error).__name__})", pos) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - user's classes may raise anything
        raise load_error(f"{type(error).__name__} at offset {pos}") from None
    raise over_budget(f"more than {state.budget.opcodes} opcodes")


def _check_budget(state: State) -> None:
    budget = state.budget
    state.spend(0)
    if len(state.marks) > budget.depth:
        raise over_budget(f"nested deeper than {budget.depth}")
    if len(state.stack) > budget.waiting:
        last = [value for value in state.stack[-4:] if isinstance(value, (list, dict, set))]
        if not all(last) or (last and len(state.stack) > 8 * budget.waiting):
            raise over_budget(f"more than {budget.waiting} values wait on the stack")


def _ended_early(state: State, pos: int) -> Unreadable:
    if pos >= len(state.data):
        return corrupt("cut off", len(state.data))
    return corrupt("takes what is not there", pos)


def _stop(state: State, pos: int) -> int:  # noqa: ARG001 - a handler's signature
    raise _Stopped


def _result(state: State, end: int) -> Any:
    if end != len(state.data):
        raise corrupt("bytes after the end", end)
    if state.marks or len(state.stack) != 1:
        raise corrupt("ends with something unfinished", end - 1)
    return state.stack[0]


def _unknown(state: State, pos: int) -> int:  # noqa: ARG001 - a handler's signature
    raise corrupt("no opcode")


def _table() -> list[Handler]:
    by_name: dict[str, Handler] = {
        "STOP": _stop,
        **scalars.HANDLERS,
        **stack.HANDLERS,
        **containers.HANDLERS,
        **objects.HANDLERS,
    }
    table: list[Handler] = [_unknown] * 256
    for opcode in OPCODES:
        table[opcode.code] = by_name[opcode.name]
    return table


_HANDLERS = _table()
