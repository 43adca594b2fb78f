"""Secrets taken out of targets, headers and lines of logs, before anybody sees them.

Rules:
1. What a secret is, its name says: a parameter `token`, a header `x-api-key`. A few say it by
   their own looks: `Bearer ...`, a JSON web token, the password of a URL.
2. Rather too much than too little: `***` for a harmless value costs nothing.
3. What was redacted once stays as it is when it is redacted again.
4. Every expression here takes linear time: texts come from services and may be long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

HIDDEN = "***"

# `author`, `keyword` and `KeyError` are no secrets; `authorization` and `api_key` are.
_RAISED = re.compile(r"(?:Error|Exception|Warning|Expired|Interrupt)$")
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|signature|session|sessid|credential|cookie|bearer|csrf|xsrf|jwt"
    r"|auth(?!or(?!i[sz]))"
    r"|(?:^|[-_.\[])(?:pwd|pw|pass|sig|sid|otp|pin|code_verifier)(?:$|[-_.\]])"
    r"|(?:^|[-_.\[]|api|access|private|secret|public|client|app)keys?(?:$|[-_.\]])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"([&;])")
_SECRET_HEADER = re.compile(r"^proxy-", re.IGNORECASE)
_COOKIES = ("cookie", "set-cookie")

_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
# Up to the last @ before the path: a password may hold one, as %40 or as it is.
_USERINFO = re.compile(
    r"(://)[^\s/?#\"'<>&]{1,1024}@"
    r"|(%3A%2F%2F)(?:(?!%2F|%3F|%23)[^\s/?#\"'<>&]){1,1024}(?:@|%40)",
    re.IGNORECASE,
)
_OPTION = re.compile(r"(?<!\S)(--?([\w-]{1,64})\s+)(?!-)[^\s\"']+")
_SCHEME = re.compile(
    r"\b([Bb]earer|BEARER|(?:[Bb]asic|[Dd]igest|[Nn]egotiate|[Tt]oken)(?=\s+[a-z.~+/_-]{0,64}[A-Z0-9=]))"
    r"(\s+)[\w.~+/=-]{4,}"
)
_HEADER_LINE = re.compile(
    r"\b((?:proxy-)?authorization|set-cookie|cookie|x-api-key)([\"']?\s?[:=]\s?[\"']?)[^\r\n]+",
    re.IGNORECASE,
)
# What is inside quotes inside quotes has backslashes before them.
_NAMED = re.compile(
    r"(?<![\w.%\[\]-])([\w.%\[\]-]{1,256})(\\{0,2}[\"']?\s{0,2}[:=]\s{0,2}(?:[ub](?=[\"']))?)"
)
_VALUE = re.compile(
    r"\"[^\"\\\r\n]*(?:\\.[^\"\\\r\n]*)*\"?"
    r"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'?"
    r"|\\{1,2}[\"'][^\"'\\\r\n]*(?:\\{1,2}[\"'])?"
    r"|\[[^\]\r\n]*\]?"
    r"|[^\s&;,\"'<>(){}\[\]\\]+"
)
_OPENING = re.compile(r"\\{0,2}[\"']")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a parameter, header or variable of this name holds a secret."""
    return not _RAISED.search(name) and bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))


def redact_target(target: str) -> str:
    """Hide the values of secret parameters, userinfo and tokens in a path with its query."""
    path, mark, query = target.partition("?")
    shown = _redact_looks(path)
    if not mark:
        return shown
    return f"{shown}?{''.join(map(_redact_parameter, _BETWEEN.split(query)))}"


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Hide the values of secret headers; of cookies the names stay."""
    return tuple((name, _redact_header(name, value)) for name, value in headers)


def redact_text(text: str) -> str:
    """Hide secrets in a line of a log, an exception's text, a URL."""
    text = _HEADER_LINE.sub(rf"\1\2{HIDDEN}", text)
    text = _OPTION.sub(_redact_option, text)
    return "".join(_redact_named(_redact_looks(text)))


def _redact_option(option: re.Match[str]) -> str:
    return f"{option[1]}{HIDDEN}" if is_secret_name(option[2]) else option[0]


def _redact_looks(text: str) -> str:
    text = _USERINFO.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}@", text)
    return _JWT.sub(HIDDEN, _SCHEME.sub(rf"\1\2{HIDDEN}", text))


def _redact_parameter(parameter: str) -> str:
    name, mark, value = parameter.partition("=")
    if mark and is_secret_name(unquote(name)):
        return f"{name}={HIDDEN}"
    found = unquote(value or name)
    shown = redact_text(found)
    if shown == found:
        return parameter
    return f"{name}={quote(shown, safe='*')}" if mark else quote(shown, safe="*")


def _redact_header(name: str, value: str) -> str:
    if name.lower() in _COOKIES:
        return _redact_cookies(name, value)
    if _SECRET_HEADER.search(name) or is_secret_name(name):
        return HIDDEN
    return redact_text(value)


def _redact_cookies(name: str, value: str) -> str:
    parts = value.split(";")
    if name.lower() == "set-cookie":  # what follows are attributes, but for the expiry no news
        parts = parts[:1]
    return "; ".join(f"{part.partition('=')[0].strip()}={HIDDEN}" for part in parts if part.strip())


def _redact_named(text: str) -> Iterator[str]:
    done = 0
    for match in _NAMED.finditer(text):
        if match.end() <= done or not is_secret_name(match[1]):
            continue
        value = _VALUE.match(text, match.end())
        if value is not None:
            opening = _OPENING.match(value[0])
            quotes = opening[0] if opening else ""
            yield f"{text[done : value.start()]}{quotes}{HIDDEN}{quotes}"
            done = value.end()
    yield text[done:]
