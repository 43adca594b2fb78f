"""Reads `[log]`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from shelflife.rehearse.plan.cache import there
from shelflife.rehearse.plan.parts import KNOWN_FORMATS, SAFE_METHODS, LogPlan
from shelflife.rehearse.plan.placeholders import SENDING, check_template
from shelflife.rehearse.plan.tables import Table, listed, nearest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PURGE")
# These belong to a connection or are computed: the sender's own.
SENDERS_OWN = frozenset(
    (
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?")
_VALUE = re.compile(r"[\t -~\xa0-\xff]*")


def read_sending(table: Table) -> LogPlan:
    """Give what the table says of the log and how its requests are sent."""
    formats = _formats(table)
    return LogPlan(
        file=_file(table),
        format=_format(table, formats),
        formats=formats,
        methods=_methods(table),
        host=_host(table),
        headers=_headers(table),
        drop_headers=header_names(table, "drop_headers"),
        rate=table.number("rate", 0.01, 1e6),
        concurrency=table.whole("concurrency", 1, 64) or 1,
        most=table.whole("most", 1, 10_000_000) or 10_000,
        timeout=table.number("timeout", 0.01, 3600.0) or 10.0,
    )


def header_names(table: Table, key: str) -> frozenset[str]:
    """Give the names of a list of headers, in lower case."""
    names = table.texts(key)
    for name in names:
        _check_name(table, key, name)
    return frozenset(name.lower() for name in names)


def _file(table: Table) -> Path:
    table.needed("file", '"access.log"')
    file = there(table, "file")
    assert file is not None  # as it is needed
    return file


def _formats(table: Table) -> dict[str, str]:
    found = table.mapping("formats")
    for name, pattern in found.items():
        key = f"formats.{name}"
        if name in KNOWN_FORMATS:
            raise table.error(key, f"is the name of a known format: call it `my-{name}`")
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise table.error(key, f"is no regular expression: {error}") from None
        if not ("request" in groups or ("method" in groups and {"target", "path"} & set(groups))):
            raise table.error(
                key,
                "needs the named groups (?P<method>...) and (?P<target>...), or (?P<method>...), "
                "(?P<path>...) and (?P<query>...), or (?P<request>...) for all three",
            )
    return found


def _format(table: Table, formats: dict[str, str]) -> str:
    given = table.text("format") or "combined"
    known = [*KNOWN_FORMATS, *formats]
    if given not in known:
        hint = nearest(given, known) or f"write one of {listed(known)}"
        raise table.error("format", f"is not known: {hint}, or define it in [log.formats]")
    return given


def _methods(table: Table) -> frozenset[str]:
    if "methods" not in table:
        return SAFE_METHODS
    methods = [method.upper() for method in table.texts("methods")]
    if not methods:
        raise table.error("methods", 'is empty: write for example ["GET", "HEAD"]')
    for method in methods:
        if method not in METHODS:
            hint = nearest(method, [each.lower() for each in METHODS]).upper()
            known = f"did you mean{hint[len('did you mean') :]}" if hint else listed(METHODS)
            raise table.error("methods", f"{method!r} is none: {known}")
    return frozenset(methods)


def _host(table: Table) -> Optional[str]:
    host = table.text("host")
    if host is not None and not _HOST.fullmatch(host):
        raise table.error("host", 'is no Host header: write for example "www.example.org"')
    return host


def _headers(table: Table) -> dict[str, str]:
    found = table.mapping("headers")
    for name, value in found.items():
        key = f"headers.{name}"
        _check_name(table, key, name)
        if name.lower() in SENDERS_OWN:
            hint = "write it as `host`" if name.lower() == "host" else "leave it out"
            raise table.error(key, f"is set by the sender itself: {hint}")
        if not _VALUE.fullmatch(value):
            raise table.error(key, "holds what no header can: use one line, in Latin-1")
        check_template(table, key, value, SENDING)
    return found


def _check_name(table: Table, key: str, name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise table.error(key, "is no name of a header: write for example x-request-id")
