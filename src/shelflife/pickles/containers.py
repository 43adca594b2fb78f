"""Opcodes that move values: stack, memo, containers, objects."""

from __future__ import annotations

import re
from sys import getsizeof
from typing import Any

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles.calls import call, create, find, give_state, instantiate
from shelflife.pickles.refusals import corrupt, load_error, rejected
from shelflife.pickles.state import UINT4, UINT8, Handler, State

NEWEST = 5
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
    state.recall(state.data[pos], pos)
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
    state.take_memory(64)
    state.stack.append([])
    return pos


def empty_dict(state: State, pos: int) -> int:
    state.take_memory(72)
    state.stack.append({})
    return pos


def empty_set(state: State, pos: int) -> int:
    state.take_memory(224)
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
    state.take_memory(56 + 8 * length)
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
    state.take_keys(items, items)
    state.stack.append(frozenset(items))
    return pos


def append(state: State, pos: int) -> int:
    item = state.pop(pos)
    target = state.top(pos)
    if type(target) is list:
        state.take_memory(8)
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
            state.take_keys(target, keys)
            break
    if state.texts:
        _check_text_keys(target, keys)
    before = getsizeof(target)
    for key, value in zip(keys, items[1::2]):
        target[key] = value
    state.take_memory(getsizeof(target) - before)


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
    state.take_keys(target, items)
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
    b"(": mark, b"0": pop, b"1": pop_mark, b"2": dup,
    b"\x94": memoize, b"q": put1, b"r": put4, b"p": put_line,
    b"h": get1, b"j": get4, b"g": get_line,
    b"]": empty_list, b"}": empty_dict, b"\x8f": empty_set, b")": empty_tuple,
    b"\x85": tuple1, b"\x86": tuple2, b"\x87": tuple3, b"t": tuple_of_all,
    b"l": list_of_all, b"d": dict_of_all, b"\x91": frozenset_of_all,
    b"a": append, b"e": appends, b"s": set_item, b"u": set_items, b"\x90": add_items,
    b"c": name_lines, b"\x93": name_on_stack, b"R": reduce,
    b"\x81": new_object, b"\x92": new_object_ex, b"i": instance, b"o": object_of_all, b"b": build,
    b"\x80": proto, b"\x95": frame,
    b"P": persistent, b"Q": persistent, b"\x97": out_of_band, b"\x98": out_of_band,
    b"\x82": extension, b"\x83": extension, b"\x84": extension,
}  # fmt: skip
