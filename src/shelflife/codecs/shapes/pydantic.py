"""Models of pydantic 2, which is only imported for these.

Besides its fields, a model knows which of them were set, and may have private attributes and
undeclared (`extra`) ones. These are stored only where they say something.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.conversion.libraries import is_model
from shelflife.codecs.shapes.interface import mismatch, unsupported
from shelflife.codecs.shapes.record import Field, Record, is_plain_object

STATE = "__pydantic_state__"  # no field may begin with an underscore
_STATE_TYPES = {"unset": list, "extra": dict, "private": dict}


class _Model(Record):
    """The shape of a model."""

    def take(self, value: Any) -> dict[str, Any]:
        state = vars(value)
        content = {name: state[name] for name in self._fields}
        known = value.__pydantic_fields_set__
        extra, private = value.__pydantic_extra__, value.__pydantic_private__
        unset = [name for name in self._fields if name not in known]
        if unset or extra or private:
            content[STATE] = {"unset": unset, "extra": extra or {}, "private": _set_only(private)}
        return content

    def give(self, content: Any, same: bool) -> Any:
        if type(content) is not dict:
            mismatch(f"{self._cls.__qualname__}: not a record")
        state = content.pop(STATE, None)
        if state is not None:
            self._check_state(state)
        given = set(content)
        instance = super().give(content, same)
        put = object.__setattr__
        if state is None:
            put(instance, "__pydantic_fields_set__", given)
            return instance
        put(instance, "__pydantic_fields_set__", given - set(state["unset"]) | set(state["extra"]))
        if state["extra"]:
            self._restore_extra(instance, state["extra"])
        if state["private"]:
            self._restore_private(instance, state["private"])
        return instance

    def _check_state(self, state: Any) -> None:
        if type(state) is not dict or {k: type(v) for k, v in state.items()} != _STATE_TYPES:
            mismatch(f"{self._cls.__qualname__}: the state of the model is not known")
        if not self._fields.keys().isdisjoint(state["extra"]):
            mismatch(f"{self._cls.__qualname__} declares what was an undeclared field")

    def _restore_extra(self, instance: Any, extra: dict[str, Any]) -> None:
        if instance.__pydantic_extra__ is None:
            mismatch(f"{self._cls.__qualname__} no longer takes undeclared fields")
        object.__setattr__(instance, "__pydantic_extra__", extra)

    def _restore_private(self, instance: Any, private: dict[str, Any]) -> None:
        declared = self._cls.__private_attributes__  # type: ignore[attr-defined]
        if not private.keys() <= declared.keys():
            mismatch(f"{self._cls.__qualname__} no longer has all of its private attributes")
        instance.__pydantic_private__.update(private)


def find(cls: type) -> Optional[Record]:
    """Give the shape of a model; None for other classes."""
    if not is_model(cls):
        return None
    if not is_plain_object(cls):
        raise unsupported(cls, "it is abstract, or more than its fields")
    declared: Any = cls
    fields = {
        name: Field(info.annotation, _default(info)) for name, info in declared.model_fields.items()
    }
    takes_extra = declared.model_config.get("extra") == "allow"
    return _Model(cls, fields, partial(_build, declared, list(fields), takes_extra))


def _build(cls: Any, names: list[str], takes_extra: bool, content: dict[str, Any]) -> Any:
    instance = object.__new__(cls)
    put = object.__setattr__
    put(instance, "__dict__", {name: content[name] for name in names})
    put(instance, "__pydantic_extra__", {} if takes_extra else None)
    put(instance, "__pydantic_private__", _private_defaults(cls))
    return instance


def _private_defaults(cls: Any) -> Optional[dict[str, Any]]:
    from pydantic_core import PydanticUndefined  # noqa: PLC0415 - the class comes from there

    if not cls.__private_attributes__:
        return None
    defaults = {
        name: attribute.get_default() for name, attribute in cls.__private_attributes__.items()
    }
    return {name: item for name, item in defaults.items() if item is not PydanticUndefined}


def _set_only(private: Optional[dict[str, Any]]) -> dict[str, Any]:
    return {} if private is None else private


def _default(info: Any) -> Optional[Callable[[], Any]]:
    if info.is_required() or getattr(info, "default_factory_takes_validated_data", False):
        return None  # the latter needs the other fields, validated
    return partial(info.get_default, call_default_factory=True)
