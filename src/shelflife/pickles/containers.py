"""Opcodes that move values: stack, memo, containers.

Small amounts of memory are charged here without a look at what is left: the machine looks after
every stride of opcodes.
"""

# ruff: noqa: D103 - the table at the end names the opcodes

from __future__ import annotations

import re
from sys import getsizeof
from typing import Any

from shelflife.pickles.refusals import corrupt, load_error, over_budget
from shelflife.pickles.state import UINT4, Handler, State

_INDEX = re.compile(rb"[0-9]{1,10}")


def mark(state: State, pos: int) -> int:
    state.floor = len(state.stack)
    state.marks.append(state.floor)
    return pos


def pop(state: State, pos: int) -> int:
    if state.marks and len(state.stack) == state.floor:
        state.pop_mark(pos)
    else:
        state.pop(pos)
    return pos


def pop_mark(state: State, pos: int) -> int:
    state.pop_mark(pos)
    return pos


def dup(state: State, pos: int) -> int:
    state.stack.append(state.top(pos))
    return pos


def memoize(state: State, pos: int) -> int:
    if len(state.stack) <= state.floor or state.sparse:
        raise corrupt("nothing to put into the memo", pos)
    state.memo.append(state.stack[-1])
    return pos


def put1(state: State, pos: int) -> int:
    state.remember(state.data[pos], pos)
    return pos + 1


def put4(state: State, pos: int) -> int:
    state.remember(UINT4(state.data, pos)[0], pos)
    return pos + 4


def put_line(state: State, pos: int) -> int:
    index, end = _index(state, pos)
    state.remember(index, pos)
    return end


def get1(state: State, pos: int) -> int:
    index = state.data[pos]
    if index < len(state.memo) and not state.sparse:
        state.stack.append(state.memo[index])
    else:
        state.recall(index, pos)
    return pos + 1


def get4(state: State, pos: int) -> int:
    state.recall(UINT4(state.data, pos)[0], pos)
    return pos + 4


def get_line(state: State, pos: int) -> int:
    index, end = _index(state, pos)
    state.recall(index, pos)
    return end


def _index(state: State, pos: int) -> tuple[int, int]:
    text, end = state.line(pos)
    if not _INDEX.fullmatch(text):
        raise corrupt("no index", pos)
    return int(text), end


def empty_list(state: State, pos: int) -> int:
    state.memory -= 64
    state.stack.append([])
    return pos


def empty_dict(state: State, pos: int) -> int:
    state.memory -= 72
    state.stack.append({})
    return pos


def empty_set(state: State, pos: int) -> int:
    state.memory -= 224
    state.stack.append(set())
    return pos


def empty_tuple(state: State, pos: int) -> int:
    state.stack.append(())
    return pos


def tuple1(state: State, pos: int) -> int:
    return _tuple(state, pos, 1)


def tuple2(state: State, pos: int) -> int:
    return _tuple(state, pos, 2)


def tuple3(state: State, pos: int) -> int:
    return _tuple(state, pos, 3)


def _tuple(state: State, pos: int, length: int) -> int:
    stack = state.stack
    if len(stack) - state.floor < length:
        raise corrupt("a value is missing from the stack", pos)
    state.memory -= 56 + 8 * length
    stack[-length:] = [tuple(stack[-length:])]
    return pos


def tuple_of_all(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    state.take_memory(56 + 8 * len(items))
    state.stack.append(tuple(items))
    return pos


def list_of_all(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    state.take_memory(64 + 8 * len(items))
    state.stack.append(items)
    return pos


def dict_of_all(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    made: dict[Any, Any] = {}
    state.take_memory(72)
    _set_items(state, made, items, pos)
    state.stack.append(made)
    return pos


def frozenset_of_all(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    state.take_memory(224 + 68 * len(items))
    state.take_keys(items, set())
    state.stack.append(frozenset(items))
    return pos


def append(state: State, pos: int) -> int:
    item = state.pop(pos)
    target = state.top(pos)
    if type(target) is list:
        state.memory -= 8
        target.append(item)
    else:
        _takes_items(state, target).append(item)
    return pos


def appends(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    target = state.top(pos)
    state.take_memory(8 * len(items))
    if type(target) is list:
        target.extend(items)
        return pos
    extend = getattr(_takes_items(state, target), "extend", None)
    if extend is not None:
        extend(items)
    else:
        for item in items:
            target.append(item)
    return pos


def set_item(state: State, pos: int) -> int:
    value = state.pop(pos)
    key = state.pop(pos)
    _set_items(state, state.top(pos), [key, value], pos)
    return pos


def set_items(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    _set_items(state, state.top(pos), items, pos)
    return pos


def _set_items(state: State, target: Any, items: list[Any], pos: int) -> None:
    if len(items) % 2:
        raise corrupt("a key without a value", pos)
    if type(target) is not dict:
        _takes_items(state, target)
    keys = items[::2]
    for key in keys:
        if type(key) is not str:
            state.take_keys(keys, target)
            break
    if state.texts:
        _check_text_keys(target, keys)
    before = getsizeof(target)
    for key, value in zip(keys, items[1::2]):
        target[key] = value
    state.memory -= getsizeof(target) - before
    if state.memory < 0:
        raise over_budget("memory")


def _check_text_keys(target: Any, keys: list[Any]) -> None:
    """Refuse two keys that differed in Python 2 and became the same text."""
    seen = set()
    for key in keys:
        if type(key) is str and not key.isascii():
            if key in seen or key in target:
                raise load_error("two Python 2 keys of a dict are the same text")
            seen.add(key)


def add_items(state: State, pos: int) -> int:
    items = state.pop_mark(pos)
    target = state.top(pos)
    state.take_keys(items, target)
    state.take_memory(68 * len(items))
    if type(target) is set:
        target.update(items)
        return pos
    _takes_items(state, target)
    for item in items:
        target.add(item)
    return pos


def _takes_items(state: State, target: Any) -> Any:
    if id(target) not in state.made:
        raise load_error(f"items for {type(target).__name__}, which takes none")
    return target


HANDLERS: dict[bytes, Handler] = {
    b"(": mark,
    b"0": pop,
    b"1": pop_mark,
    b"2": dup,
    b"\x94": memoize,
    b"q": put1,
    b"r": put4,
    b"p": put_line,
    b"h": get1,
    b"j": get4,
    b"g": get_line,
    b"]": empty_list,
    b"}": empty_dict,
    b"\x8f": empty_set,
    b")": empty_tuple,
    b"\x85": tuple1,
    b"\x86": tuple2,
    b"\x87": tuple3,
    b"t": tuple_of_all,
    b"l": list_of_all,
    b"d": dict_of_all,
    b"\x91": frozenset_of_all,
    b"a": append,
    b"e": appends,
    b"s": set_item,
    b"u": set_items,
    b"\x90": add_items,
}
