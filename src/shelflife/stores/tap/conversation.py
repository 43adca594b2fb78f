"""One client's conversation with the server, as it is overheard: no I/O.

Rules:
1. Replies answer commands in their order. What a connection is in (a transaction, which database)
   is learned from replies; only whether there will be a reply (CLIENT REPLY) from commands.
2. What is no RESP, and what follows SUBSCRIBE or MONITOR, is not looked at any more.
3. A client's words are kept until they are answered; of AUTH and HELLO nothing else is.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional

from shelflife.stores.replies import ErrorReply
from shelflife.stores.tap.exchange import Effect, Exchange
from shelflife.stores.tap.families.interface import UNSEEN
from shelflife.stores.tap.families.keys import placed
from shelflife.stores.tap.families.table import effects_of
from shelflife.stores.tap.messages import NotRespError, Push, Replies, Requests

_LAST = frozenset({b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"MONITOR", b"SYNC", b"PSYNC"})
_ENDS = frozenset({b"EXEC", b"DISCARD", b"RESET"})
_NAME = re.compile(rb"[A-Z][A-Z0-9_.]{0,40}")


class _Asked(NamedTuple):
    """A command whose reply is to come, or, without a name, the end of what is listened to."""

    name: bytes
    words: tuple[bytes, ...]
    began: float
    is_silent: bool = False


class Conversation:
    """Listens to both directions and tells what each command did.

    Args:
        number: The connection's.
        told: Told of each command as soon as its whole reply is here.

    Attributes:
        errors: How often something could not be understood.
    """

    def __init__(self, number: int, told: Callable[[Exchange], None]) -> None:
        self.errors = 0
        self._number = number
        self._told = told
        self._requests: Optional[Requests] = Requests()  # None: not listened to any more
        self._replies: Optional[Replies] = Replies()
        self._asked: deque[_Asked] = deque()
        self._database = 0
        self._queued: Optional[list[_Asked]] = None  # the commands of a transaction
        self._is_opened = False  # a transaction was asked for
        self._is_off = self._is_skipping = False  # what CLIENT REPLY asked for

    def hear_client(self, data: bytes, now: float) -> None:
        """Listen to bytes of the client, which came at that time."""
        if self._requests is None:
            return
        is_sound = True
        try:
            commands = self._requests.feed(data)
        except NotRespError as error:
            commands, is_sound = error.args[0], False
        for words in commands:
            if words and self._requests is not None:
                self._ask(words, now)
        if not is_sound and self._requests is not None:
            self._give_up(now)

    def hear_server(self, data: bytes) -> None:
        """Listen to bytes of the server; what they complete has been told when this returns."""
        if self._replies is None:
            return
        is_sound = True
        try:
            replies = self._replies.feed(data)
        except NotRespError as error:
            replies, is_sound = error.args[0], False
        for reply in replies:
            if type(reply) is not Push and self._replies is not None:
                self._answer(reply)
        if not is_sound and self._replies is not None:
            self._misunderstood()

    def _ask(self, words: tuple[bytes, ...], now: float) -> None:
        name = words[0].upper()
        if name in _LAST:
            self._end(now)
            return
        is_silent = self._is_off or self._is_skipping
        self._is_skipping = False
        if name == b"MULTI":
            self._is_opened = True
        elif name in _ENDS:
            self._is_opened = False
            if name == b"RESET":
                self._is_off = is_silent = False
        elif name == b"CLIENT" and len(words) == 3 and words[1].upper() == b"REPLY":
            if self._is_opened:  # when it holds from is the server's secret
                self._give_up(now)
                return
            is_silent = self._switch(words[2].upper())
        self._asked.append(_Asked(name, words, now, is_silent))
        if is_silent:
            self._settle()

    def _switch(self, mode: bytes) -> bool:
        """Do what CLIENT REPLY asks for; gives whether that has no reply itself."""
        if mode == b"SKIP":
            self._is_skipping = not self._is_off
            return True
        if mode in (b"ON", b"OFF"):
            self._is_off = mode == b"OFF"
        return self._is_off

    def _give_up(self, now: float) -> None:
        self.errors += 1
        self._end(now)

    def _end(self, now: float) -> None:
        """Listen to no more commands, and to replies until the last one was answered."""
        self._requests = None
        self._asked.append(_Asked(b"", (), now))
        self._settle()

    def _misunderstood(self) -> None:
        self.errors += 1
        self._requests = self._replies = None
        self._asked.clear()

    def _answer(self, reply: Any) -> None:
        if not self._asked:
            self._misunderstood()
            return
        self._finish(self._asked.popleft(), reply)
        if self._asked:
            self._settle()

    def _settle(self) -> None:
        """Finish what has no reply and comes next."""
        while self._asked:
            asked = self._asked[0]
            if not asked.name:
                self._replies = None
                self._asked.clear()
            elif asked.is_silent:
                self._finish(self._asked.popleft(), UNSEEN)
            else:
                return

    def _finish(self, asked: _Asked, reply: Any) -> None:
        if self._queued is not None:
            self._finish_queued(self._queued, asked, reply)
            return
        if asked.name == b"MULTI" and not isinstance(reply, ErrorReply):
            self._queued = []
        self._tell(asked, reply, asked.began)

    def _finish_queued(self, queued: list[_Asked], asked: _Asked, reply: Any) -> None:
        failed = isinstance(reply, ErrorReply)
        if asked.name == b"EXEC":
            if not (failed and reply.code == "NOPERM"):  # which leaves it open
                self._queued = None
            self._execute(queued, asked, reply)
        elif asked.name in _ENDS:
            self._queued = queued if failed else None
        elif reply in (b"QUEUED", UNSEEN):
            queued.append(asked)
            return
        else:
            self._report(asked, asked.began, (), failed=failed)
            return
        self._tell(asked, reply, asked.began)

    def _execute(self, queued: list[_Asked], asked: _Asked, reply: Any) -> None:
        if reply is UNSEEN:
            reply = [UNSEEN] * len(queued)
        if not isinstance(reply, list):  # refused, or a watched key was changed
            return
        if len(reply) != len(queued):
            self.errors += 1
            return
        for command, answer in zip(queued, reply):
            self._tell(command, answer, asked.began)

    def _tell(self, asked: _Asked, reply: Any, began: float) -> None:
        """Tell what a command did that was carried out."""
        failed = isinstance(reply, ErrorReply)
        effects: Sequence[Effect] = ()
        try:
            if asked.name in (b"SELECT", b"RESET") and not failed:
                self._database = int(asked.words[1]) if asked.name == b"SELECT" else 0
            effects = effects_of(asked.name, asked.words, reply)
        except Exception:  # noqa: BLE001 - words and replies are whatever both sides send
            self.errors += 1
        self._report(asked, began, effects, failed=failed, reply=reply)

    def _report(
        self,
        asked: _Asked,
        began: float,
        effects: Sequence[Effect],
        *,
        failed: bool,
        reply: Any = None,
    ) -> None:
        placed_ = tuple([placed(effect, self._database) for effect in effects])
        name = _shown(asked.name, reply)
        self._told(Exchange(began, name, placed_, failed, self._number))


def _shown(name: bytes, reply: Any) -> str:
    """Give a command's name, unless it may be anything, such as a password in the wrong place."""
    if isinstance(reply, ErrorReply) and reply.text.startswith("ERR unknown command"):
        return "?"
    return name.decode() if _NAME.fullmatch(name) else "?"
