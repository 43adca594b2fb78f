"""Requests that meet one unreadable entry at once: one of them computes, the others wait for it.

For surfaces whose users compute between a `get` and a `set`, so that nobody hands us what computes.
What a request is, and when it ends, the surface says: it keeps a `Request` for each.

Rules:
1. Only a request that has met an unreadable entry keeps others waiting: an entry that is absent
   may be absent for good, and no computation under way.
2. The first computes, after another look. Its `set` or `delete`, or its end, lets the others go
   on; they look once more and then compute for themselves. Nobody waits for a computation that
   began `PATIENCE` ago, nor for a key that a request has read and left as it was.
3. Nobody waits in a circle, nor outside of a request, nor inside of a computation that others
   wait for, nor in a running loop that it would block.
4. Where an entry says under which key another one is, as the headers of a page do in Django, who
   has made the first one is about to make the other: the others wait for that, too. For a while
   the other one is treated as if it were unreadable, when it is absent.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from time import monotonic
from typing import Callable, NamedTuple, Optional

from shelflife.cache.claims import PATIENCE, TOGETHER, Claim, Request
from shelflife.cache.driving import is_computing
from shelflife.errors import ServerError
from shelflife.lookup import ABSENT, Miss, Reason
from shelflife.operations import Compute, Context, Operation
from shelflife.stores.commands import Get

_MOST_LEFT = 1000
_LOOKS = 5
_NOTHING_THERE = frozenset({Reason.ABSENT, Reason.UNAVAILABLE})


class _Turn(NamedTuple):
    """What a request that has missed a key is to do: look again, wait, compute."""

    claim: Claim
    request: Request
    is_new: bool

    @property
    def is_mine(self) -> bool:
        return self.claim.owner is self.request

    def leave(self) -> None:
        if not self.is_mine:
            with TOGETHER:
                self.request.waits.remove(self.claim)


class Calm:
    """Keeps the requests of one cache apart, in this process.

    Args:
        current: Gives the request in which it is called, or None outside of any.
        announced_by: Gives the key of the entry that says that a key is to be read, or None.
    """

    def __init__(
        self,
        current: Callable[[], Optional[Request]],
        announced_by: Optional[Callable[[str], Optional[str]]] = None,
    ) -> None:
        self.computing: dict[str, Claim] = {}
        self._current = current
        self._announced_by = announced_by
        self._announcing: dict[str, Claim] = {}
        self._healed: dict[str, float] = {}
        self._left: dict[str, None] = {}
        _calms.add(self)

    def look_again(
        self,
        context: Context,
        key: str,
        miss: Miss,
        *,
        is_new: bool = False,
        in_loop: bool = False,
    ) -> Operation:
        """-> the value that another request has computed meanwhile, or a `Miss`: compute it.

        Args:
            context: Of the cache.
            key: A key that was a miss.
            miss: Why.
            is_new: Whether it is to be treated as if it were unreadable.
            in_loop: Whether to wait in the running loop rather than in the thread.
        """
        while True:
            unreadable = is_new or miss.reason not in _NOTHING_THERE
            turn = self._turn(key, unreadable, in_loop=in_loop)
            if turn is None:
                return miss
            found = yield from self._take(turn, context, key, in_loop=in_loop)
            if found.__class__ is not Miss or turn.is_mine or turn.claim.after is None:
                return found
            miss = found  # who was about to make it has made another one: now by its own name

    @property
    def is_watching(self) -> bool:
        """Whether `done` has anything to do."""
        return bool(self.computing or self._announcing or self._left)

    def done(self, *keys: str) -> None:
        """Let those go on who wait for these keys: they have been written or removed."""
        if not self.is_watching:
            return
        with TOGETHER:
            for key in keys:
                self._left.pop(key, None)
                self._met(key)
                announcing = self._announcing.pop(self._head(key), None)
                for claim in tuple(announcing.owner.claims) if announcing is not None else ():
                    if claim.after == self._head(key):
                        self._met(claim.key)

    def all_done(self) -> None:
        """Let everybody go on: everything has been removed."""
        self.done(*tuple(self.computing))

    def leave(self, claim: Claim, *, is_stored: bool = False) -> None:
        """Let those go on who wait for a key that its request does not store."""
        claim.finish()
        if self._announcing.get(claim.key) is claim:
            del self._announcing[claim.key]
        if self.computing.get(claim.key) is claim:
            del self.computing[claim.key]
            if claim.after is None and not is_stored:
                if len(self._left) >= _MOST_LEFT:
                    self._left.clear()
                self._left[claim.key] = None

    def forget(self) -> None:
        """Begin anew in a forked child: it has not the threads of before."""
        self.computing, self._announcing, self._healed, self._left = {}, {}, {}, {}

    def _take(self, turn: _Turn, context: Context, key: str, *, in_loop: bool) -> Operation:
        """-> the value, or the `Miss` that it still is."""
        try:
            if turn.is_new:  # it may have been stored between the look and this
                found = yield from _looked(context, key)
                if found.__class__ is not Miss:
                    turn.claim.owner.drop(turn.claim)
                if found.__class__ is not Miss or turn.is_mine:
                    return found
            yield Compute(turn.claim.wait_in_loop if in_loop else turn.claim.wait)
            return (yield from _looked(context, key))
        finally:
            turn.leave()

    def _turn(self, key: str, unreadable: bool, *, in_loop: bool) -> Optional[_Turn]:
        head = self._head(key) if self._healed or self.computing else ""
        is_healed = monotonic() - self._healed.get(head, -PATIENCE) < PATIENCE
        unreadable = unreadable or is_healed or (head != "" and head in self.computing)
        if not unreadable and key not in self.computing:
            return None
        request = self._current()
        if request is None or request.is_over:
            return None
        may_wait = not is_computing() and (in_loop or not _blocks_loop())
        with TOGETHER:
            claim, is_new = self.computing.get(key), False
            if claim is None or not claim.holds:
                owner, after = request, None
                # Still being computed: it has been stored, but that was not told yet.
                announcing = head and (self._announcing.get(head) or self.computing.get(head))
                if announcing and announcing.holds:
                    owner, after = announcing.owner, announcing.key
                elif not unreadable or key in self._left:
                    return None
                claim, is_new = Claim(self, key, owner, after), True
                owner.claims.append(claim)
                self.computing[key] = claim
            turn = _Turn(claim, request, is_new)
            if not turn.is_mine:
                if not may_wait or claim.owner.waits_for(request):
                    return None
                request.waits.append(claim)
            return turn if turn.is_new or not turn.is_mine else None

    def _met(self, key: str) -> None:
        claim = self.computing.pop(key, None)
        if claim is None:
            return
        claim.finish()
        if self._announced_by is not None and claim.after is None and claim.holds:
            self._announcing[key] = claim
            if len(self._healed) >= _MOST_LEFT:
                self._healed.clear()
            self._healed[key] = monotonic()
        elif claim in claim.owner.claims:
            claim.owner.claims.remove(claim)

    def _head(self, key: str) -> str:
        return (self._announced_by is not None and self._announced_by(key)) or ""


def _blocks_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _looked(context: Context, key: str) -> Operation:
    """-> the value or a `Miss`, uncounted: it was counted a moment ago."""
    for _ in range(_LOOKS):
        try:
            raw = yield Get(context.name(key), fresh=True)
        except ServerError as error:
            if error.kind != "busy":  # all who have waited look at once
                break
        else:
            return context.peek(raw)
    return ABSENT


_calms: weakref.WeakSet[Calm] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    TOGETHER.renew()
    for calm in list(_calms):
        calm.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
