"""The errors a user may meet, and the two that stay inside.

What is misused raises; what cannot be read is a `Miss`, never an error. Every class carries its
facts as attributes and makes its own message from them; the message says what to do next.
"""

from __future__ import annotations


class ShelflifeError(Exception):
    """Base of all errors of this package."""


class ConfigurationError(ShelflifeError, ValueError):
    """An option, URL or argument that cannot work; the message says what is allowed."""


class InvalidKey(ShelflifeError, TypeError):
    """A key that is not text, or text that UTF-8 cannot carry."""


class NotPortable(ShelflifeError, TypeError):
    """`set` was given a value that the portable codec cannot carry.

    Attributes:
        path: Where the culprit is, as an expression: `value['author'].profile`.
        type_name: The culprit's type: `app.models.Profile`.
        remedy: What to do about it.
    """

    def __init__(self, path: str, type_name: str, remedy: str) -> None:
        super().__init__(path, type_name, remedy)
        self.path = path
        self.type_name = type_name
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.type_name} is not portable: {self.remedy}"


class ServerError(ShelflifeError):
    """The server could not be asked, or refused; raised only with `on_server_error="raise"`.

    Attributes:
        kind: One of `ServerError.KINDS`, fit for a metric's label.
        detail: A sentence, with any password already taken out.
    """

    KINDS = (
        "refused",  # no connection could be made
        "timeout",  # no answer in time
        "closed",  # the connection broke in between
        "auth",  # user or password not accepted
        "denied",  # the user may not run this command
        "read-only",  # a replica that takes no writes
        "out-of-memory",  # the server is full
        "loading",  # the server is not ready yet
        "moved",  # another node of a cluster has the key
        "ask",  # another node of a cluster has the key for now
        "try-again",  # a slot of a cluster is on its way between two nodes
        "cross-slot",  # keys of several slots in one command, which a cluster does not take
        "busy",  # every connection of the pool stayed in use
        "failing-fast",  # several failures in a row; not asked again for a moment
        "protocol",  # an answer that makes no sense
        "other",
    )

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


class Unreadable(ShelflifeError):
    """Internal: an entry that gives no value. Always caught and turned into a `Miss`.

    Attributes:
        reason: The value of a `Reason`.
        detail: A sentence without key, value or raw bytes.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class BelowFloor(ShelflifeError):
    """Internal: a value that some reader at the floor could not read. Not written, not raised.

    Attributes:
        path: Where the culprit is, as an expression.
        detail: What it is, which reader could not read it, and what to do.
    """

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"
