"""What a failure is called, and what may be done after it: once, for every store.

Rules:
1. Only what can be sent twice without harm is sent twice, and only if a kept connection turns out
   closed: never after a timeout, when the server may be at work on it.
2. A connection is kept after a refusal that was read whole and leaves no state behind.
"""

from __future__ import annotations

import select
import ssl

from shelflife.errors import ServerError
from shelflife.stores.commands import AddToFields, Increment, Remove, Replace, Set, SwapFields
from shelflife.stores.limits import Limits
from shelflife.stores.node_commands import Asking, NodeCommand

VOLUME = 8 * 1024 * 1024
"""Each so many bytes that a call moves earn it another read timeout."""

_HARMLESS = frozenset(
    {"denied", "out-of-memory", "moved", "ask", "try-again", "cross-slot", "other"}
)
_IN_STEPS = (Increment, Replace, Remove, SwapFields)
"""What may be a transaction, and changes something."""


def no_connection(seconds: float) -> ServerError:
    """Name the failure to connect in time."""
    return ServerError("timeout", f"no connection within {seconds:g} s")


def refused(error: OSError) -> ServerError:
    """Name the failure to connect at all."""
    return ServerError("refused", f"no connection could be made: {_sentence(error)}")


def no_answer(seconds: float) -> ServerError:
    """Name an answer that did not come in time."""
    return ServerError("timeout", f"no complete answer within {seconds:g} s")


def broke(error: OSError) -> ServerError:
    """Name a connection that broke while it was in use."""
    return ServerError("closed", f"the connection broke: {_sentence(error)}")


def closed_by_server() -> ServerError:
    """Name a connection that the other side closed."""
    return ServerError("closed", "the server closed the connection")


def makes_no_sense(what: str) -> ServerError:
    """Name an answer that is not one."""
    return ServerError("protocol", f"the answer makes no sense: {what}")


def pool_exhausted(limits: Limits) -> ServerError:
    """Name the failure to get hold of a connection."""
    return ServerError(
        "busy",
        f"all {limits.max_connections} connections stayed in use for {limits.pool_wait:g} s "
        "(max_connections and pool_wait set these)",
    )


def may_ask_again(error: ServerError, command: NodeCommand, *, kept: bool) -> bool:
    """Whether to ask once more, on a fresh connection."""
    return kept and error.kind == "closed" and _is_idempotent(command)


def may_keep(error: ServerError, command: NodeCommand) -> bool:
    """Whether the connection is still good after this error.

    Not after a failed transaction, which may have left a WATCH or MULTI behind; not after
    read-only, as the name may lead to another server by now.
    """
    return error.kind in _HARMLESS and not isinstance(_itself(command), _IN_STEPS)


def is_readable(fileno: int) -> bool:
    """Whether a socket has something to read, its end included; does not wait."""
    return bool(readable([fileno], 0))


def readable(filenos: list[int], seconds: float) -> set[int]:
    """Give which of some sockets have something to read or are closed, as soon as one has."""
    closed = {fileno for fileno in filenos if fileno < 0}
    if closed:
        return closed
    if not hasattr(select, "poll"):  # Windows, whose select has no highest descriptor
        return set(select.select(filenos, [], [], seconds)[0])
    poll = select.poll()
    for fileno in filenos:
        poll.register(fileno, select.POLLIN)
    return {fileno for fileno, _ in poll.poll(seconds * 1000)}


def _is_idempotent(command: NodeCommand) -> bool:
    command = _itself(command)
    if isinstance(command, Set):
        return not command.if_absent
    return not isinstance(command, (*_IN_STEPS, AddToFields))


def _itself(command: NodeCommand) -> NodeCommand:
    return command.command if isinstance(command, Asking) else command


def _sentence(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS: {error.reason.replace('_', ' ').lower()}"
    return error.strerror or type(error).__name__
