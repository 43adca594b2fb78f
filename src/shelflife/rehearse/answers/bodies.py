"""Bodies, taken apart by what they are: JSON, HTML, text by lines, or bytes."""

from __future__ import annotations

import codecs
import json
import re
from typing import NamedTuple

from shelflife.rehearse.answers.answer import Answer
from shelflife.rehearse.answers.encodings import TooLarge, decoded
from shelflife.rehearse.answers.ignoring import Ignored
from shelflife.rehearse.answers.markup import parsed
from shelflife.rehearse.answers.places import BODY, BYTES, HTML, JSON, Place
from shelflife.rehearse.answers.trees import Element, Lines, Tree

_PORT = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
_BRACKET = re.compile(r"[\[\]{}]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
DEEPEST = 60  # JSON that nests deeper is compared as text
LARGEST_PAGE = 4_000_000  # so is a page that is larger
_MOST_LOOKED_AT = 50_000_000  # or full of tags that do not end


class Body(NamedTuple):
    """A body, taken apart.

    Attributes:
        form: "JSON", "HTML", "text", "bytes" or "nothing".
        place: Where its tree begins.
    """

    form: str
    place: Place
    tree: Tree


def plain_body(answer: Answer) -> bytes:
    """Give the body without compression and without the port of the service's process."""
    body = answer.body
    encoding = answer.header("content-encoding")
    if encoding:
        try:
            body = decoded(body, encoding)
        except TooLarge:
            return body
    if b"127.0.0.1:" in body or b"localhost:" in body or b"[::1]:" in body:
        body = _PORT.sub(rb"\1", body)
    return body


def taken_apart(answer: Answer, ignored: Ignored) -> Body:
    """Find out what a body is, and take it apart."""
    raw = plain_body(answer)
    if not raw:
        return Body("nothing", BODY, "")
    content_type = answer.header("content-type").lower()
    text = _text(raw, content_type)
    if text is None:
        return Body("bytes", BYTES, raw)
    if "json" in content_type or text.lstrip()[:1] in {"{", "["}:
        found = _json(text, content_type)
        if found is not None:
            return Body("JSON", JSON, ignored.taken_from_json(found[0]))
    text = ignored.taken_from_text(text)
    if "html" in content_type or "xml" in content_type or _PAGE.match(text):
        page = _page(text)
        if page is not None:
            return Body("HTML", HTML, page)
    return Body("text", BODY, Lines(text.splitlines()))


def _text(raw: bytes, content_type: str) -> str | None:
    named = _CHARSET.search(content_type)
    charset = named[1] if named else "utf-8"
    try:
        codecs.lookup(charset)
    except LookupError:
        charset = "utf-8"
    try:
        text = raw.decode(charset)
    except UnicodeDecodeError:
        if not _is_textual(content_type):
            return None
        text = raw.decode(charset, "backslashreplace")
    except (ValueError, LookupError):  # a codec that is none of text
        return None
    return text if _is_textual(content_type) or not _CONTROL.search(text) else None


def _is_textual(content_type: str) -> bool:
    return content_type.startswith("text/") or any(
        each in content_type for each in ("json", "xml", "javascript", "html")
    )


def _json(text: str, content_type: str) -> list[Tree] | None:
    """Give what it is in a list, for it may be null; None if it is no JSON."""
    try:
        if "ndjson" in content_type or "jsonl" in content_type or "json-seq" in content_type:
            found = [json.loads(line) for line in text.splitlines() if line.strip(" \x1e")]
        else:
            found = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return None if _may_be_deep(text) and _is_deep(found) else [found]


def _may_be_deep(text: str) -> bool:
    """Whether brackets nest so deeply if none of them is in a text; found out fast."""
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            return True
    return False


def _is_deep(tree: Tree) -> bool:
    level = [[tree]]
    for _ in range(DEEPEST):
        level = [
            list(member.values()) if isinstance(member, dict) else member
            for members in level
            for member in members
            if isinstance(member, (dict, list))
        ]
        if not level:
            return False
    return True


def _takes_long(text: str) -> bool:
    """Whether the parser would look for the end of tags again and again, and far."""
    return sum(piece.count("<") * len(piece) for piece in text.split(">")) > _MOST_LOOKED_AT


def _page(text: str) -> Element | None:
    """Give the page's root; None if it is none that can be taken apart."""
    if len(text) > LARGEST_PAGE or _takes_long(text):
        return None
    try:
        return parsed(text)
    except (AssertionError, NotImplementedError):  # a declaration that the parser does not know
        return None
