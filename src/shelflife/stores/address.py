"""From a URL to where a server is. No message quotes the URL: it may hold a password anywhere."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from typing import Optional
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from shelflife.errors import ConfigurationError
from shelflife.stores import tls
from shelflife.stores.limits import Limits, Number, check_limits

_PLAIN = ("redis", "valkey")
_TLS = ("rediss", "valkeys")
_UNIX = ("unix", "redis+unix", "valkey+unix")
SENTINEL, CLUSTER = "+sentinel", "+cluster"
"""How the schemes end that name several servers; see `stores.topology_urls`."""

_ALLOWED = (
    "memory://, redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, "
    "redis+cluster:// and rediss+cluster:// URLs, and the valkey spellings of these"
)
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

    def __hash__(self) -> int:
        return hash((self.host, self.port))

    def at(self, host: str, port: int) -> Address:
        """Give another server of the same kind, with the same login."""
        who = "" if self.username is None and self.password is None else "***@"
        if self.password is not None:
            who = f"{quote(self.username or '')}:***@"
        scheme = "redis" if self.tls is None else "rediss"
        shown = f"{scheme}://{who}{show_host(host, port)}/{self.db}"
        return replace(self, host=host, port=port, shown=shown)


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
    """Give what the URL of one server says, and the limits: an option, else the URL's, else ours.

    Raises:
        ConfigurationError: If the URL or an option cannot work.
    """
    parts = split(url)
    scheme = parts.scheme.lower()
    if scheme not in _PLAIN + _TLS + _UNIX:
        raise unknown_scheme()
    parameters = read_parameters(parts.query)
    limits = read_limits(parameters, options)
    if scheme in _UNIX:
        return _unix(scheme, parts, parameters), limits
    host, port = read_host(parts, 6379)
    database = read_database(parts.path.strip("/"), parameters)
    return network_address(scheme, parts, parameters, (host, port), database), limits


def split(url: str) -> SplitResult:
    """Give the parts of a URL.

    Raises:
        ConfigurationError: If it cannot be read.
    """
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


def unknown_scheme() -> ConfigurationError:
    """Give the error of a URL that begins with something else."""
    return ConfigurationError(f"the URL begins with no scheme we know: allowed are {_ALLOWED}")


def read_parameters(query: str, *more: str) -> dict[str, str]:
    """Give what comes after the '?' of a URL, where `more` names are known besides the usual."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        pairs = [("", "")]
    parameters = dict(pairs)
    if "decode_responses" in parameters:
        raise ConfigurationError("entries are bytes: take decode_responses out of the URL")
    known = (*_WHO, *more, *_LIMITS, *tls.NAMES)
    if len(parameters) != len(pairs) or not set(parameters) <= set(known):
        raise ConfigurationError(
            f"after its '?' a URL may have, each once: {', '.join(known)}; "
            "percent-encode what is special in user and password"
        )
    return parameters


def read_limits(parameters: dict[str, str], options: dict[str, Optional[Number]]) -> Limits:
    """Give the limits: an option goes before the URL, and the URL before the default."""
    given = check_limits(options)
    found: dict[str, Optional[Number]] = {}
    for name, ours in _LIMITS.items():
        if name not in parameters:
            continue
        try:
            number = float(parameters[name])
            found[ours] = int(number) if ours == "max_connections" else number
        except (ValueError, OverflowError):
            raise ConfigurationError(f"the URL's {name} is not a number") from None
    return Limits(**{**check_limits(found), **given})  # type: ignore[arg-type]


def read_host(parts: SplitResult, default_port: int) -> tuple[str, int]:
    """Give host and port.

    Raises:
        ConfigurationError: If there is no host, or they cannot be right.
    """
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
    return host, default_port if port is None else port


def show_host(host: str, port: int) -> str:
    """Give host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def network_address(
    scheme: str,
    parts: SplitResult,
    parameters: dict[str, str],
    where: tuple[str, int],
    database: int,
) -> Address:
    """Give the address of a server on the network, with the login of a URL.

    Raises:
        ConfigurationError: If login or TLS options cannot work.
    """
    secure = {name: value for name, value in parameters.items() if name in tls.NAMES}
    is_tls = scheme.partition("+")[0] in _TLS
    if secure and not is_tls:
        raise ConfigurationError("the URL has TLS options: begin it with rediss:// to use TLS")
    user, password, shown_user = _who(parts, parameters)
    return Address(
        shown=f"{scheme}://{shown_user}{show_host(*where)}/{database}",
        host=where[0],
        port=where[1],
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
    database = read_database("", parameters)
    user, password, shown_user = _who(parts, parameters)
    return Address(
        shown=f"{scheme}://{shown_user}{quote(path)}?db={database}",
        path=path,
        db=database,
        username=user,
        password=password,
        client_name=_client_name(parameters),
    )


def read_database(in_path: str, parameters: dict[str, str]) -> int:
    """Give the number of the database.

    Raises:
        ConfigurationError: If it is none.
    """
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
