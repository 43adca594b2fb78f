"""Names of dialects that a cache serves: a library, and how it was set up.

`django-redis:pickle+zlib` is what django-redis writes with its pickle serializer and its zlib
compressor. Without a colon it is what the library does if nobody sets anything.
"""

from __future__ import annotations

from typing import NamedTuple

from shelflife.errors import ConfigurationError

DEFAULT = ""


class Setup(NamedTuple):
    """What can be set in a library; the default comes first."""

    serializers: tuple[str, ...] = ()
    compressors: tuple[str, ...] = ()


SETUPS: dict[str, Setup] = {
    "werkzeug": Setup(),
    "flask-caching": Setup(),
    "django": Setup(),
    "django-redis": Setup(
        ("pickle", "json", "msgpack"), (DEFAULT, "zlib", "gzip", "lzma", "lz4", "zstd")
    ),
    "dogpile": Setup(("pickle", "json", "cached-value")),
    "aiocache": Setup(("json", "pickle", "string")),
}
DIALECTS = tuple(SETUPS)
"""The libraries whose dialects are served."""


class DialectName(NamedTuple):
    """A name, taken apart.

    Attributes:
        library: One of `DIALECTS`.
        serializer: How its values are coded; "" where there is no choice.
        compressor: What compresses them; "" for nothing.
    """

    library: str
    serializer: str = ""
    compressor: str = ""

    def __str__(self) -> str:
        """Give the shortest spelling: one name for all that write the same bytes."""
        if self.library == "flask-caching":
            return "werkzeug"
        setup = SETUPS[self.library]
        if self.serializer in setup.serializers[:1] and not self.compressor:
            return self.library
        suffix = "+".join(filter(None, (self.serializer, self.compressor)))
        return f"{self.library}:{suffix}" if suffix else self.library


def parse_name(text: str) -> DialectName:
    """Take a name apart.

    Raises:
        ConfigurationError: If there is no such dialect; the message lists what there is.
    """
    library, colon, suffix = text.partition(":") if isinstance(text, str) else ("", "", "")
    setup = SETUPS.get(library)
    if setup is None:
        raise ConfigurationError(f"no dialect {text!r}; those known are: {describe()}")
    default = setup.serializers[0] if setup.serializers else ""
    if not colon:
        return DialectName(library, default)
    serializer, plus, compressor = suffix.partition("+")
    is_known = serializer in setup.serializers and compressor in setup.compressors[1:]
    if not is_known and (plus or serializer not in setup.serializers):
        raise ConfigurationError(f"no dialect {text!r}; {_what_it_takes(library)}")
    return DialectName(library, serializer, compressor)


def short_name(text: str) -> str:
    """Give the shortest spelling of a name; raises as `parse_name`."""
    return str(parse_name(text))


def name_of_entry(dialect: str, codec: str) -> str:
    """Give the name under which a recognised entry is served; "" if it is not.

    Args:
        dialect: As in `Recognised`.
        codec: The same: "zlib+pickle".
    """
    setup = SETUPS.get(dialect)
    if setup is None:
        return ""
    words = codec.replace("xz", "lzma").replace("text", "string").split("+")
    serializer = next((word for word in words if word in setup.serializers), "")
    compressor = next((word for word in words if word in setup.compressors), "")
    default = setup.serializers[0] if setup.serializers else ""
    if serializer in {"", default} and not compressor:
        return dialect
    return "+".join(filter(None, (f"{dialect}:{serializer or default}", compressor)))


def describe() -> str:
    """List all dialects for a message."""
    return ", ".join(sorted(DIALECTS))


def _what_it_takes(library: str) -> str:
    serializers, compressors = SETUPS[library]
    if not serializers:
        return f"{library} takes nothing after its name"
    said = f"{library} takes {_choices(library, serializers)}"
    if compressors:
        said += f", each alone or with {_choices('', compressors[1:])}"
    return said


def _choices(library: str, names: tuple[str, ...]) -> str:
    shown = [f"{library}:{name}" if library else f"+{name}" for name in names]
    return ", ".join(shown[:-1]) + f" or {shown[-1]}"


ALL_NAMES = frozenset(
    str(DialectName(library, serializer, compressor))
    for library, setup in SETUPS.items()
    for serializer in setup.serializers or ("",)
    for compressor in setup.compressors or ("",)
)
"""Every dialect in its shortest spelling."""
