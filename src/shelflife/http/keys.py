"""Keys for responses.

Rules:
1. Equal requests have one key: the order of query parameters does not matter (those of one name
   keep theirs), nor how a character is percent-encoded.
2. HEAD is answered from GET's entry.
3. Long keys end in a digest: a key is no place for a kilobyte.
4. Requests that are not equal have different keys, whatever a client sends as host, path or query:
   what separates the parts is encoded within them, and no short key looks like a long one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes, urlsplit

from shelflife.errors import ConfigurationError, InvalidKey
from shelflife.http.stored import Variants

_LONGEST = 250
_BEGINNING = 150
_PREFIX = "responses:"
_UNCHANGED = "/:@!$&'()*+,;=~"
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9_.~:\[\]-]*")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/:@!$&'()*+,;=-]*")
"""What quoting leaves as it is: most paths, and to see that is much faster."""
_PORTS = {"http": ":80", "https": ":443"}


def key_for(method: str, scheme: str, host: str, path: str, query: str) -> str:
    """Give the key of a request.

    Args:
        method: "HEAD" is taken for "GET".
        scheme: "http" or "https".
        host: As it was sent; the scheme's own port is left out.
        path: Decoded, as applications see it; with what it is mounted below.
        query: As it was sent, without the question mark.
    """
    method = "GET" if method == "HEAD" else method
    where = path or "/"
    if not _PLAIN_PATH.fullmatch(where):
        where = quote(where, safe=_UNCHANGED, errors="surrogatepass")
    key = f"{method} {_site(scheme.lower(), host.lower())}{where}"
    pairs = _sorted_query(query) if query else ""
    return _bounded(f"{key}?{pairs}" if pairs else key)


def key_of_url(url: str, scheme: str, host: str) -> str:
    """Give the key of what a URL names.

    Args:
        url: The whole URL; or its path and query, at this scheme and host.
        scheme: For a URL that has none.
        host: For a URL that has none; "" if nothing says which one is meant.

    Raises:
        ConfigurationError: If it is neither, or no host is known.
    """
    parts = urlsplit(url)
    scheme, host = parts.scheme or scheme, parts.netloc or host
    if not scheme or not host:
        raise ConfigurationError("give the whole URL: nothing says which host is meant")
    if parts.path[:1] not in ("", "/"):
        raise ConfigurationError("give the whole URL, or a path that begins with a slash")
    return key_for("GET", scheme, host, unquote(parts.path), parts.query)


def custom_key(text: str) -> str:
    """Give the key for what a user's own function makes of a request.

    Raises:
        InvalidKey: If it is no text: None for everybody would be one key for everybody.
    """
    if not isinstance(text, str):
        raise InvalidKey(f"key takes a function that gives text (str), not {type(text).__name__}")
    return _bounded(f"own {text}")


def variant_key(key: str, variants: Variants, headers: Mapping[str, str]) -> str:
    """Give the key of the variant for a request with these headers (names in lower case)."""
    digest = hashlib.blake2b(variants.generation.encode("ascii"), digest_size=16)
    for name in variants.names:
        value = _normalised(headers[name]) if name in headers else None
        digest.update(repr((name, value)).encode("utf-8", "backslashreplace"))
    return f"{key}#{digest.hexdigest()}"


def _normalised(value: str) -> str:
    """Blanks beside commas mean nothing (RFC 9111, 4.1)."""
    return ",".join(part.strip() for part in value.split(","))


def _site(scheme: str, host: str) -> str:
    """A slash within `Host` would make the beginning of a path of it."""
    port = _PORTS.get(scheme, "")
    if port and host.endswith(port):
        host = host[: -len(port)]
    if not _PLAIN_HOST.fullmatch(host):
        host = quote(host, safe=":[]", errors="surrogatepass")
    if scheme not in _PORTS:
        scheme = quote(scheme, safe="", errors="surrogatepass")
    return f"{scheme}://{host}"


def _sorted_query(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = [(_recoded(name), sign + _recoded(value)) for name, sign, value in pairs]
    return "&".join(name + value for name, value in sorted(encoded, key=lambda pair: pair[0]))


def _recoded(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    raw = unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape"))
    return quote_from_bytes(raw, safe="~")


def _bounded(key: str) -> str:
    if len(key) <= _LONGEST and key.isprintable():
        return _PREFIX + key
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    beginning = quote(key[:_BEGINNING], safe=_UNCHANGED + " ?", errors="replace")
    return f"{_PREFIX}long {beginning}...{digest}"
