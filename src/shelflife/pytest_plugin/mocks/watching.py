"""Sees what is patched: the ways into `unittest.mock`, `monkeypatch` and the fakes are watched.

Rules:
1. A patch does what it does in any case: what is seen is told after it has worked.
2. Of sessions within sessions, only the innermost is told.
3. What lets the real client work is no mock: spies, `wraps=`, another real client.
4. A simulated failure (`side_effect=ConnectionError`) is none either: no value comes of it.
"""

from __future__ import annotations

import functools
import importlib
import sys
from contextlib import suppress
from typing import Any, Callable

import pytest

from shelflife.pytest_plugin.mocks.clients import (
    FAKES,
    client_name,
    fake_name,
    is_below,
    replaced_libraries,
)

Told = Callable[[str, Any], None]
"""Is given a sentence, and the mock it is about, if there is one."""

_watches: list[Told] = []
_undo: list[tuple[Any, str, Any]] = []
_seen: set[int] = set()
_MISSING = object()


def watch(told: Told) -> None:
    """Tell of every patch from now on."""
    _watches.append(told)
    if len(_watches) == 1:
        _wrap(pytest.MonkeyPatch, "setattr", _around_setattr)
        _wrap(pytest.MonkeyPatch, "setitem", _around_setitem)
        _watch_mock(importlib.import_module("unittest.mock"))


def unwatch(told: Told) -> None:
    """Take `watch` back."""
    _watches.remove(told)
    if not _watches:
        while _undo:
            owner, name, original = _undo.pop()
            setattr(owner, name, original)
        _seen.clear()


def look_at_loaded() -> None:
    """Watch fakes, and the package `mock`, that have been loaded meanwhile."""
    backport = sys.modules.get("mock.mock")
    if backport is not None and id(backport) not in _seen:
        _watch_mock(backport)
    for name in [name for name in sys.modules if is_below(name, FAKES)]:
        module = sys.modules[name]
        for kind in list(vars(module).values()) if module is not None else ():
            if isinstance(kind, type) and id(kind) not in _seen and _is_fake_client(kind):
                _seen.add(id(kind))
                _wrap(kind, "__init__", _around_fake)


def _watch_mock(module: Any) -> None:
    _seen.add(id(module))
    _wrap(module._patch, "__enter__", _around_patch)  # noqa: SLF001 - all patches pass here
    _wrap(module._patch_dict, "_patch_dict", _around_patch_dict)  # noqa: SLF001 - the same
    _wrap(module.NonCallableMock, "_mock_add_spec", _around_spec)


def _is_fake_client(kind: type) -> bool:
    return is_below(kind.__module__, FAKES) and "__init__" in vars(kind) and bool(fake_name(kind))


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    original = vars(owner)[name]

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return around(original, *args, **kwargs)

    setattr(owner, name, wrapper)
    _undo.append((owner, name, original))


def _tell(sentence: str, about: Any = None) -> None:
    if _watches:
        _watches[-1](sentence, about)


def _around_patch(original: Callable[..., Any], patch: Any) -> Any:
    __tracebackhide__ = True
    result = original(patch)
    with suppress(Exception):  # whatever is looked at may be the user's
        new = getattr(patch.target, patch.attribute, None)
        calls_through = patch.kwargs.get("wraps") is not None
        if not calls_through and not _is_harmless_effect(patch.kwargs.get("side_effect")):
            _look(patch.target, patch.attribute, patch.temp_original, new)
    return result


def _around_patch_dict(original: Callable[..., Any], patch: Any) -> Any:
    __tracebackhide__ = True
    result = original(patch)
    if patch.in_dict is sys.modules:
        _tell_of_modules(patch.values)
    return result


def _around_spec(original: Callable[..., Any], made: Any, spec: Any, *args: Any, **kw: Any) -> Any:
    __tracebackhide__ = True
    result = original(made, spec, *args, **kw)
    with suppress(Exception):
        name = client_name(spec) if spec is not None else ""
        if name:
            _tell(f"makes a {type(made).__name__} of {name}", made)
    return result


def _around_setattr(original: Callable[..., Any], monkeypatch: Any, *args: Any, **kw: Any) -> Any:
    __tracebackhide__ = True
    target, name, new = _meant(*args, **kw)
    before = _current(target, name)
    result = original(monkeypatch, *args, **kw)
    with suppress(Exception):
        _look(target, name, before, new)
    return result


def _around_setitem(
    original: Callable[..., Any], monkeypatch: Any, dic: Any, name: Any, value: Any
) -> Any:
    __tracebackhide__ = True
    result = original(monkeypatch, dic, name, value)
    if dic is sys.modules:
        _tell_of_modules({name: value})
    return result


def _around_fake(original: Callable[..., Any], made: Any, *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    result = original(made, *args, **kwargs)
    fake = fake_name(made)
    if fake:
        _tell(f"uses {fake}")
    return result


def _tell_of_modules(modules: Any) -> None:
    for name in replaced_libraries(dict(modules)):
        _tell(f"replaces the module {name}")


def _meant(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
    """Give the owner, the attribute and the new value of a call of `monkeypatch.setattr`."""
    named = {**dict(zip(("target", "name", "value", "raising"), args)), **kwargs}
    target, name, new = named.get("target"), named.get("name"), named.get("value", _MISSING)
    if isinstance(target, str) and new is _MISSING:
        path, _, attribute = target.rpartition(".")
        target, name, new = _resolved(path), attribute, name
    return target, name, new


def _resolved(path: str) -> Any:
    import pkgutil  # noqa: PLC0415 - seldom needed

    try:
        return pkgutil.resolve_name(path)
    except Exception:  # noqa: BLE001 - monkeypatch itself is going to complain
        return None


def _current(target: Any, name: Any) -> Any:
    try:
        return getattr(target, name, None)
    except Exception:  # noqa: BLE001 - a property of the user's
        return None


def _look(target: Any, attribute: str, original: Any, new: Any) -> None:
    """Tell of a replacement, if it is one of a cache client by something else."""
    if getattr(new, "__wrapped__", None) is not None and not _is_mock(new):
        return  # it calls what it wraps
    fake = fake_name(new)
    if fake:
        _tell(f"puts {fake} in place of {attribute}")
        return
    owner = client_name(target)
    if owner and not _is_library_module(target):
        if _is_callable(original) or _is_mock(new):
            _tell(f"patches {owner}.{attribute}", new)
        return
    name = client_name(_plain(original))
    if name and not client_name(new):
        _tell(f"patches {name}", new)


def _is_library_module(target: Any) -> bool:
    return isinstance(target, type(sys))


def _plain(thing: Any) -> Any:
    return thing.__func__ if isinstance(thing, (staticmethod, classmethod)) else thing


def _is_callable(thing: Any) -> bool:
    return callable(_plain(thing))


def _is_mock(thing: Any) -> bool:
    return any(base.__name__ == "NonCallableMock" for base in type(thing).__mro__) or (
        getattr(thing, "mock", None) is not None and callable(thing)
    )


def _is_harmless_effect(effect: Any) -> bool:
    """Whether a side effect is a failure, or calls what it wraps, as a spy's does."""
    if isinstance(effect, BaseException):
        return True
    if isinstance(effect, type):
        return issubclass(effect, BaseException)
    return getattr(effect, "__wrapped__", None) is not None
