"""What a server's error reply means to us.

No reply's text is passed on with the words of the command in it: they are keys, entries, passwords.
"""

from __future__ import annotations

import re
from typing import Union

from shelflife.errors import ServerError
from shelflife.stores.commands import WRONG_TYPE, WrongType
from shelflife.stores.redirected import redirected

_KINDS = {
    "NOAUTH": "auth",
    "WRONGPASS": "auth",
    "NOPERM": "denied",
    "READONLY": "read-only",
    "MISCONF": "read-only",
    "NOREPLICAS": "read-only",
    "OOM": "out-of-memory",
    "LOADING": "loading",
    "MASTERDOWN": "loading",
    "BUSY": "loading",
    "CLUSTERDOWN": "loading",
    "TRYAGAIN": "try-again",
    "CROSSSLOT": "cross-slot",
}
_LONGEST = 200
# A script's error as servers before 7 wrap it; a transaction's.
_WRAPPED = re.compile(r"(?:[:\s]-|because of: )([A-Z]{2,}) (.*)", re.DOTALL)
_DENIED_IN_SCRIPT = re.compile(r"user executing the script can't run|ACL failure in script")
_QUOTES_WORDS = re.compile(r",? with args beginning with:.*", re.DOTALL)


class ErrorReply(Exception):
    """An error as the server words it, such as `WRONGTYPE Operation against ...`.

    A value among replies, not raised: give it to `hiredis.Reader` as `replyError`.
    """

    @property
    def text(self) -> str:
        """The whole line."""
        return str(self.args[0]) if self.args else ""

    @property
    def code(self) -> str:
        """Its first word."""
        return self.text.partition(" ")[0]


def meaning(reply: ErrorReply) -> Union[ServerError, WrongType]:
    """Give the error that this reply is to us, or WRONG_TYPE, which is none."""
    text = reply.text
    code = reply.code
    inner = _WRAPPED.search(text)
    if inner and code not in _KINDS:
        code, text = inner[1], f"{inner[1]} {inner[2]}"
    elif _DENIED_IN_SCRIPT.search(text):
        code = "NOPERM"
    if code == "WRONGTYPE":
        return WRONG_TYPE
    if code in ("MOVED", "ASK"):
        return redirected(text)
    if "max number of clients" in text:
        return ServerError("refused", _sentence(text))
    return ServerError(_KINDS.get(code, "other"), _sentence(text))


def denies_command(reply: object, name: str) -> bool:
    """Whether a reply says that this user, or this server, cannot run the command at all."""
    if not isinstance(reply, ErrorReply):
        return False
    text = reply.text.lower()
    return f"'{name}' command" in text if reply.code == "NOPERM" else "unknown command" in text


def _sentence(text: str) -> str:
    line = " ".join(_QUOTES_WORDS.sub("", text).split())
    printable = "".join(char if char.isprintable() else "?" for char in line)
    return f"the server says: {printable[:_LONGEST]}"
