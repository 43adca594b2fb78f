"""From a URL to where a server is. No message quotes the URL: it may hold a password anywhere."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from shelflife.errors import ConfigurationError
from shelflife.stores import tls
from shelflife.stores.limits import Limits, Number, check_limits

_PLAIN = ("redis", "valkey")
_TLS = ("rediss", "valkeys")
_UNIX = ("unix", "redis+unix", "valkey+unix")
_NOT_YET = {"sentinel": "Sentinel", "cluster": "Cluster"}
_ALLOWED = "memory://, redis://, rediss://, unix://, valkey://, valkeys:// and valkey+unix:// URLs"
_LIMITS = {
    "socket_connect_timeout": "connect_timeout",
    "socket_timeout": "read_timeout",
    "max_connections": "max_connections",
}
_WHO = ("db", "username", "password", "client_name")
_MOST_DATABASES = 2**31 - 1


@dataclass(frozen=True)
class Address:
    """Where a server is, and as whom to log in.

    Attributes:
        shown: The URL without its password, and without its parameters.
    """

    shown: str
    host: str = ""
    port: int = 6379
    path: Optional[str] = None
    db: int = 0
    username: Optional[str] = field(default=None, repr=False)
    password: Optional[str] = field(default=None, repr=False)
    client_name: Optional[str] = None
    tls: Optional[ssl.SSLContext] = None


def is_memory(url: Optional[str]) -> bool:
    """Whether a URL stands for this process's own memory.

    Raises:
        ConfigurationError: If it is none at all.
    """
    if not isinstance(url, str) or not url:
        raise ConfigurationError(f"a cache needs a URL: allowed are {_ALLOWED}")
    if url.lower().startswith("memory:"):
        if url.lower() != "memory://":
            raise ConfigurationError("memory:// takes nothing after it")
        return True
    return False


def parse_url(url: str, options: dict[str, Optional[Number]]) -> tuple[Address, Limits]:
    """Give what a URL says, and the limits: an option, else the URL's value, else the default.

    Raises:
        ConfigurationError: If the URL or an option cannot work.
    """
    parts = _split(url)
    scheme = parts.scheme.lower()
    _check_scheme(scheme)
    parameters = _parameters(parts.query)
    found = check_limits(options)
    limits = {**_limits(parameters), **found}
    address = _unix(scheme, parts, parameters) if scheme in _UNIX else _tcp(parts, parameters)
    return address, Limits(**limits)  # type: ignore[arg-type]


def _split(url: str) -> SplitResult:
    try:
        url.encode("utf-8")
        parts = urlsplit(url)
    except ValueError:
        raise ConfigurationError(f"the URL cannot be read; allowed are {_ALLOWED}") from None
    if any(char <= " " for char in url) or parts.fragment or "#" in url:
        raise ConfigurationError(
            "the URL holds a space, a control character or a '#': percent-encode what is special "
            "in user, password and path ('#' is %23, '/' is %2F, '@' is %40)"
        )
    return parts


def _check_scheme(scheme: str) -> None:
    for word, name in _NOT_YET.items():
        if word in scheme:
            raise ConfigurationError(f"this release does not speak {name} yet: use {_ALLOWED}")
    if scheme not in _PLAIN + _TLS + _UNIX:
        raise ConfigurationError(f"the URL begins with no scheme we know: allowed are {_ALLOWED}")


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        pairs = [("", "")]
    parameters = dict(pairs)
    if "decode_responses" in parameters:
        raise ConfigurationError("entries are bytes: take decode_responses out of the URL")
    known = (*_WHO, *_LIMITS, *tls.NAMES)
    if len(parameters) != len(pairs) or not set(parameters) <= set(known):
        raise ConfigurationError(
            f"after its '?' a URL may have, each once: {', '.join(known)}; "
            "percent-encode what is special in user and password"
        )
    return parameters


def _limits(parameters: dict[str, str]) -> dict[str, Number]:
    found: dict[str, Optional[Number]] = {}
    for name, ours in _LIMITS.items():
        if name not in parameters:
            continue
        try:
            number = float(parameters[name])
            found[ours] = int(number) if ours == "max_connections" else number
        except (ValueError, OverflowError):
            raise ConfigurationError(f"the URL's {name} is not a number") from None
    return check_limits(found)


def _tcp(parts: SplitResult, parameters: dict[str, str]) -> Address:
    try:
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        raise ConfigurationError(
            "the URL's host or port cannot be right: a port is a number up to 65535; "
            "percent-encode what is special in user and password"
        ) from None
    if not host:
        raise ConfigurationError("the URL names no host, as redis://HOST:6379/0 does")
    port = 6379 if port is None else port
    database = _database(parts.path.strip("/"), parameters)
    secure = {name: value for name, value in parameters.items() if name in tls.NAMES}
    is_tls = parts.scheme.lower() in _TLS
    if secure and not is_tls:
        raise ConfigurationError("the URL has TLS options: begin it with rediss:// to use TLS")
    user, password, shown_user = _who(parts, parameters)
    shown_host = f"[{host}]" if ":" in host else host
    return Address(
        shown=f"{parts.scheme.lower()}://{shown_user}{shown_host}:{port}/{database}",
        host=host,
        port=port,
        db=database,
        username=user,
        password=password,
        client_name=_client_name(parameters),
        tls=tls.make_context(secure) if is_tls else None,
    )


def _unix(scheme: str, parts: SplitResult, parameters: dict[str, str]) -> Address:
    path = unquote(parts.path)
    if parts.netloc.rpartition("@")[2] or len(path) < 2 or "\0" in path:
        raise ConfigurationError("a socket's URL has three slashes: unix:///path/to/redis.sock")
    if any(name in parameters for name in tls.NAMES):
        raise ConfigurationError("the URL has TLS options, but a UNIX socket has no TLS")
    database = _database("", parameters)
    user, password, shown_user = _who(parts, parameters)
    return Address(
        shown=f"{scheme}://{shown_user}{quote(path)}?db={database}",
        path=path,
        db=database,
        username=user,
        password=password,
        client_name=_client_name(parameters),
    )


def _database(in_path: str, parameters: dict[str, str]) -> int:
    text = parameters.get("db", in_path) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= _MOST_DATABASES):
        raise ConfigurationError(
            "the URL's database must be a number, as in redis://HOST:6379/0; percent-encode what "
            "is special in user and password"
        )
    return int(text)


def _who(
    parts: SplitResult, parameters: dict[str, str]
) -> tuple[Optional[str], Optional[str], str]:
    user = unquote(parts.username or "") or parameters.get("username") or None
    password = unquote(parts.password or "") or parameters.get("password") or None
    if user is None and password is None:
        return None, None, ""
    if password is None:  # "redis://SECRET@host" is a mistake that is made
        return user, None, "***@"
    return user, password, f"{quote(user or '')}:***@"


def _client_name(parameters: dict[str, str]) -> Optional[str]:
    name = parameters.get("client_name") or None
    if name is not None and not all("!" <= char <= "~" for char in name):
        raise ConfigurationError("client_name must be printable ASCII without spaces")
    return name
