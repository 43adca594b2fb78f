"""What a fresh connection says first: who we are and which database. Nothing that can be spared.

No HELLO and no CLIENT SETINFO: they need rights, and replies are the same without.
"""

from __future__ import annotations

from typing import Any

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.request import Words

_NOT_ABOUT_US = frozenset({"loading", "refused"})


def greeting(address: Address) -> list[Words]:
    """Give the commands to send, possibly none."""
    commands: list[Words] = []
    if address.username is not None:
        commands.append(("AUTH", _bytes(address.username), _bytes(address.password or "")))
    elif address.password is not None:
        commands.append(("AUTH", _bytes(address.password)))
    if address.db:
        commands.append(("SELECT", str(address.db)))
    if address.client_name is not None:
        commands.append(("CLIENT", "SETNAME", address.client_name))
    return commands


def check_greeting(commands: list[Words], replies: list[Any]) -> None:
    """See whether the server accepted all of it.

    Raises:
        ServerError: If not; without the server's words about user and password.
    """
    for words, reply in zip(commands, replies):
        if isinstance(reply, ErrorReply):
            raise _error(words, reply)


def _error(words: Words, reply: ErrorReply) -> ServerError:
    found = meaning(reply)
    assert isinstance(found, ServerError), "a greeting touches no key"
    if words[0] == "AUTH" and found.kind not in _NOT_ABOUT_US:
        return ServerError("auth", "the server did not accept the user or the password")
    if words[0] == "SELECT" and found.kind == "other":
        return ServerError("other", f"database {words[1]!s} cannot be selected: {found.detail}")
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")
