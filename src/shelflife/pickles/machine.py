"""The machine: one pass over the opcodes that builds the value.

Rules:
1. No recursion: what is nested deeply is measured when it is finished, and then refused.
2. Whatever happens, objects are taken apart before they are dropped: freeing a long chain of
   deques overruns the interpreter's own stack.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from shelflife.errors import Unreadable
from shelflife.pickles import containers, objects, scalars
from shelflife.pickles.budget import DEFAULT_BUDGET, Budget
from shelflife.pickles.names import AllowList, Resolve
from shelflife.pickles.refusals import corrupt, failed, load_error, over_budget
from shelflife.pickles.state import Handler, State
from shelflife.pickles.text import Py2Text
from shelflife.pickles.weigh import weigh

_STRIDE = 4096  # opcodes between two looks at the budget


@dataclass(frozen=True)
class Loaded:
    """What a pickle held.

    Attributes:
        value: The value.
        mixed: Some non-ASCII 8-bit strings of Python 2 became text and others stayed bytes.
    """

    value: Any
    mixed: bool


class _StoppedError(Exception):
    """The pickle ends before this position."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


def load(
    data: bytes,
    *,
    allow: AllowList,
    resolve: Resolve,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    budget: Budget = DEFAULT_BUDGET,
) -> Loaded:
    """Build the value of a pickle.

    Args:
        data: The whole pickle; trailing bytes make it `corrupt`.
        allow: What it may refer to.
        resolve: Gives the object of a name that is allowed and not in `SAFE`.
        text: What becomes of Python 2's 8-bit strings.
        budget: Bounds on time and memory.

    Raises:
        Unreadable: The only error; a KeyboardInterrupt and the like pass.
    """
    if len(data) > budget.bytes:
        raise over_budget("bytes")
    state = State(data, allow, resolve, text, budget)
    try:
        _run(state)
        value = _finish(state)
    except BaseException:
        _take_apart(state)
        raise
    return Loaded(value, state.mixed)


def _run(state: State) -> None:
    data, pos = state.data, 0
    waiting, left = state.budget.waiting, state.budget.opcodes
    try:
        while left > 0:
            for _ in range(min(_STRIDE, left)):
                pos = _TABLE[data[pos]](state, pos + 1)
            left -= _STRIDE
            state.take_memory(0)
            if len(state.stack) + len(state.marks) > waiting:
                _check_waiting(state)
    except _StoppedError as stopped:
        if stopped.end != state.size:
            raise corrupt("trailing bytes", stopped.end) from None
        return
    except Unreadable:
        raise
    except (IndexError, struct.error):
        raise corrupt("cut off", pos) from None
    except UnicodeError:
        raise corrupt("text that is not in its encoding", pos) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's __hash__ or append
        raise failed(f"the opcode at offset {pos}", error) from None
    raise over_budget("opcodes")


def _check_waiting(state: State) -> None:
    """Refuse what opens containers without end; a long tuple waits with plain or filled values."""
    if len(state.marks) > state.budget.depth:
        raise over_budget("depth")
    containers = [value for value in state.stack[-4:] if isinstance(value, (list, dict, set))]
    opening = len(containers) == 4 and not any(containers)
    if opening or (containers and len(state.stack) > 8 * state.budget.waiting):
        raise over_budget("containers waiting on the stack")


def _finish(state: State) -> Any:
    if len(state.stack) != 1 or state.marks:
        raise corrupt("values are left over", state.size)
    if state.unfinished:
        raise load_error("a uuid.UUID without its state")
    value = state.stack[0]
    parts, level = weigh([value, *state.made.values()], state.made, state.budget.depth + 1)
    if level - 1 > state.budget.depth:
        raise over_budget("depth")
    if parts > state.budget.parts:
        raise over_budget("parts")
    state.check_text()
    return value


def _take_apart(state: State) -> None:
    for made in state.chained:
        made.clear()
    state.stack.clear()
    state.memo.clear()


def _unknown(_: State, pos: int) -> int:
    raise corrupt("no opcode", pos - 1)


def _stop(_: State, pos: int) -> int:
    raise _StoppedError(pos)


HANDLERS = {**scalars.HANDLERS, **containers.HANDLERS, **objects.HANDLERS, b".": _stop}
_TABLE: list[Handler] = [HANDLERS.get(bytes([opcode]), _unknown) for opcode in range(256)]
