"""What a target's program answers, checked as strictly as if an enemy had written it.

Rules:
1. What is not exactly of the promised shape is no answer: the name is unknown, the trial died.
2. Texts come out printable and bounded; sizes are looked at before anything is decoded.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Optional

from shelflife.pickles.reader import ANY, Resolution, Trial
from shelflife.runtimes.sentences import sentence

_ERROR = re.compile(r"[A-Za-z_][\w.<>]{0,200}\Z")
_OVER = {
    "memory": "it took more memory than a trial may",
    "form": "the value is too large to be compared",
    "rewritten": "the value, written again, is too large to hand over",
}
_LEAF = {"n": 1, "b": 2, "i": 2, "i#": 3, "f": 2, "c": 3, "g": 3, "leaf": 2}
for _kind in ("t", "s", "y", "ya"):
    _LEAF[_kind], _LEAF[f"{_kind}#"] = 2, 3
_CONTENT = frozenset(("list", "tuple", "set", "frozenset", "dict", "odict"))
_MARKS = frozenset(("missing", "default", "extra", "int", "float", "bool", "str", "unicode"))
_MARKS |= {"bytes", "list", "dict", "tuple", "set"}


def parsed(text: str) -> Any:
    """Give what JSON says, or None for what is none, or too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def printable(text: object, most: int = 300) -> str:
    """Give a text without what a terminal would obey."""
    if not isinstance(text, str):
        return ""
    return "".join(c if c.isprintable() else "?" for c in text[:most])


def resolution(text: str) -> Resolution:
    """Read the answer about a name."""
    found = parsed(text)
    if (
        isinstance(found, list)
        and len(found) == 5
        and found[0] in ("found", "missing", "unknown")
        and isinstance(found[2], bool)
        and _is_arity(found[3])
        and _is_arity(found[4])
    ):
        call, new = tuple(found[3]), tuple(found[4])
        return Resolution(found[0], printable(found[1]), found[2], call, new)
    return Resolution("unknown", "the interpreter gave no proper answer", False, ANY, ANY)


def _is_arity(given: object) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and all(type(part) is int and -1 <= part < 1_000 for part in given)
        and given[0] >= 0
        and (given[1] == -1 or given[0] <= given[1])
    )


def trial(text: str, *, most_rewritten: int) -> Trial:
    """Read the answer to a job."""
    found = parsed(text)
    if not isinstance(found, dict):
        return Trial("died", detail="the process that loaded it gave no proper answer")
    status = found.get("s")
    if status == "loaded":
        return _loaded(found, most_rewritten)
    if status == "raised":
        error = _error(found.get("e"))
        return Trial("raised", error, sentence(error, printable(found.get("m"), 500)))
    if status == "over-budget":
        detail = _OVER.get(str(found.get("m")), "it took more than a trial may")
        return Trial("over-budget", detail=detail)
    if status == "timeout":
        return Trial("timeout", detail="loading it took longer than a trial may")
    return Trial("died", detail="the process that loaded it ended without an answer")


def _loaded(found: dict[str, Any], most: int) -> Trial:
    tree = found.get("t")
    detail = ""
    if tree is None or not is_tree(tree):
        tree, detail = None, "the value has no canonical form"
    error = ""
    if isinstance(found.get("r"), list) and len(found["r"]) == 2:
        name = _error(found["r"][0])
        error = sentence(name, printable(found["r"][1], 500))
    return Trial("loaded", "", detail, tree, _bytes(found.get("w"), most), error)


def _error(name: object) -> str:
    text = name if isinstance(name, str) and _ERROR.match(name) else "an exception"
    return "builtins" + text[10:] if text.startswith("exceptions.") else text


def _bytes(text: object, most: int) -> Optional[bytes]:
    if not isinstance(text, str) or len(text) > most // 3 * 4 + 8:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_tree(tree: object) -> bool:
    """Whether this is a canonical form: every number a node's, every part of a known kind."""
    if not isinstance(tree, dict) or set(tree) != {"python", "root", "nodes"}:
        return False
    version, nodes = tree["python"], tree["nodes"]
    if not isinstance(version, list) or [type(part) for part in version] != [int, int]:
        return False
    if not isinstance(nodes, list):
        return False
    size = len(nodes)
    return _is_part(tree["root"], size) and all(_is_node(node, size) for node in nodes)


def _is_part(part: object, size: int) -> bool:
    if type(part) is int:
        return 0 <= part < size
    if not isinstance(part, list) or not part or not isinstance(part[0], str):
        return False
    if part[0] == "b":
        return len(part) == 2 and isinstance(part[1], bool)
    if part[0].endswith("#"):
        return _LEAF.get(part[0]) == len(part) and type(part[1]) is int and type(part[2]) is str
    known = _LEAF.get(part[0]) == len(part) and part[0] != "leaf"
    return known and all(type(text) is str for text in part)


def _is_content(node: object, size: int) -> bool:
    if not isinstance(node, list) or not node or not isinstance(node[0], str):
        return False
    if node[0] == "leaf":
        return len(node) == 2 and type(node[1]) is list and _is_part(node[1], size)
    if node[0] in ("dict", "odict") and len(node) % 2 == 0:
        return False
    return node[0] in _CONTENT and all(_is_part(part, size) for part in node[1:])


def _is_node(node: object, size: int) -> bool:
    if not isinstance(node, list) or not node or node[0] != "obj":
        return _is_content(node, size) and isinstance(node, list) and node[0] != "leaf"
    return (
        len(node) == 6
        and isinstance(node[1], str)
        and node[2] in (0, 1)
        and isinstance(node[3], dict)
        and all(_is_part(part, size) for part in node[3].values())
        and (node[4] is None or _is_content(node[4], size))
        and isinstance(node[5], dict)
        and all(isinstance(mark, str) and mark in _MARKS for mark in node[5].values())
    )
