"""Many entries replaced or removed, each only if its bytes are still those that were judged.

Rules:
1. A batch is watched and read, and what is unchanged is written in one transaction: `SET ... XX
   KEEPTTL` (an expired key never comes back, an expiry stays), or UNLINK.
2. If somebody writes to any of the keys meanwhile, the server drops the transaction; each key then
   goes by itself: by a script, or watched alone where scripts are denied.
3. What must be absent (`old` is None) is `SET ... NX`, which needs neither.
4. On a Cluster a transaction has one slot: there each key goes by itself from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.changes import (
    RIGHTS,
    Answer,
    Change,
    Outcome,
    refusal_of,
    stored,
    words_of,
    words_to_make,
    written,
)
from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.replies import ErrorReply, denies_command, meaning
from shelflife.stores.request import Words, expect, reply_or_raise

SCRIPT = b"""
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'table' then
  if string.find(entry.err, 'WRONGTYPE', 1, true) then return 'changed' end
  return entry
end
if not entry then return 'gone' end
if entry ~= ARGV[1] then return 'changed' end
local done
if ARGV[2] then done = redis.pcall('SET', KEYS[1], ARGV[2], 'XX', 'KEEPTTL')
else done = redis.pcall('UNLINK', KEYS[1]) end
if type(done) == 'table' and done.err then return done end
return 'done'
"""
_DIGEST = sha1(SCRIPT).hexdigest().encode()  # noqa: S324 - the server's own name for a script
_ATTEMPTS = 100


_BY_WORD = {b"done": Outcome.DONE, b"changed": Outcome.CHANGED, b"gone": Outcome.GONE}


class Swapper:
    """Carries out changes over one connection.

    Args:
        connection: Open; the caller closes it after any `ServerError` that is raised.
        timeout: Seconds for one request.
        alone: Whether each key goes by itself from the start, as on a Cluster.
        on_step: Told "sent" and "read" around what changes entries.
    """

    def __init__(
        self,
        connection: PipelinedConnection,
        timeout: float,
        *,
        alone: bool = False,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection = connection
        self._timeout = timeout
        self._alone = alone
        self._on_step = on_step
        self._denied: set[str] = set()
        self._asking = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Meanwhile say ASKING before each command, to a node that a slot is on its way to."""
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def apply(self, changes: Sequence[Change]) -> list[Answer]:
        """Carry out changes to different keys and say what became of each.

        Raises:
            ServerError: If the server failed: what became of them is not known then.
        """
        answers: list[Optional[Answer]] = [None] * len(changes)
        swaps = [n for n, change in enumerate(changes) if change.old is not None]
        makes = [n for n, change in enumerate(changes) if change.old is None]
        if makes:
            self._fill(answers, makes, self._make([changes[n] for n in makes]))
        if swaps:
            wanted = [changes[n] for n in swaps]
            together = not self._alone and "watch" not in self._denied
            self._fill(answers, swaps, self._together(wanted) if together else self._each(wanted))
        return [answer for answer in answers if answer is not None]

    def look(self, keys: Sequence[bytes]) -> list[Any]:
        """Give what lies under keys: bytes, None for nothing, WRONG_TYPE, or a `ServerError`."""
        replies = self._exchange([(b"GET", key) for key in keys])
        return [meaning(reply) if isinstance(reply, ErrorReply) else reply for reply in replies]

    @staticmethod
    def _fill(answers: list[Optional[Answer]], places: list[int], found: list[Answer]) -> None:
        for place, answer in zip(places, found):
            answers[place] = answer

    def _make(self, changes: Sequence[Change]) -> list[Answer]:
        replies = self._change([words_to_make(change) for change in changes])
        return [stored(reply, Outcome.CHANGED) for reply in replies]

    def _together(self, changes: Sequence[Change]) -> list[Answer]:
        """Watch, compare and write a whole batch."""
        keys = [change.key for change in changes]
        reads = self._reads(keys)
        found = self._begin(keys, reads)
        if found is None:
            return self._each(changes)
        if len(reads) == 1 and denies_command(found[0], "mget"):
            self._denied.add("mget")
            self._exchange([(b"DISCARD",)])
            return self._together(changes)
        held = expect(found[0], list) if self._has_mget() else found
        same = [n for n, change in enumerate(changes) if held[n] == change.old]
        answers: list[Answer] = [
            Outcome.GONE if entry is None else Outcome.CHANGED for entry in held
        ]
        if not same:
            self._exchange([(b"DISCARD",)])
        else:
            done = self._execute([changes[n] for n in same])
            if done is None:
                return self._each(changes)
            for place, answer in zip(same, done):
                answers[place] = answer
        self._tell_types_apart(keys, answers)
        return answers

    def _begin(self, keys: Sequence[bytes], reads: Sequence[Words]) -> Optional[list[Any]]:
        """Watch keys, read them and open a transaction: the replies; None if that is denied.

        It is opened here, and seen to be open, because what follows a denied MULTI would be
        carried out at once, and unconditionally.
        """
        watched, *found, begun = self._exchange([(b"WATCH", *keys), *reads, (b"MULTI",)])
        for name, reply in (("watch", watched), ("multi", begun)):
            if denies_command(reply, name):
                self._denied.add("watch")
                if begun == b"OK":
                    self._exchange([(b"DISCARD",)])
                return None
            expect(reply, bytes)
        return found

    def _has_mget(self) -> bool:
        return "mget" not in self._denied

    def _reads(self, keys: Sequence[bytes]) -> list[Words]:
        return [(b"MGET", *keys)] if self._has_mget() else [(b"GET", key) for key in keys]

    def _tell_types_apart(self, keys: Sequence[bytes], answers: list[Answer]) -> None:
        """What MGET finds nothing under may be of another type: then somebody else has written."""
        missing = [n for n, answer in enumerate(answers) if answer is Outcome.GONE]
        if not missing:
            return
        kinds = self._exchange([(b"TYPE", keys[n]) for n in missing])
        for place, kind in zip(missing, kinds):
            if kind != b"none" and not isinstance(kind, ErrorReply):
                answers[place] = Outcome.CHANGED

    def _execute(self, changes: Sequence[Change]) -> Optional[list[Answer]]:
        """Write in the open transaction; None if somebody wrote to one of the watched keys."""
        *queued, done = self._change([*map(words_of, changes), (b"EXEC",)])
        if denies_command(done, "exec"):
            raise refusal_of(done)
        for reply in queued:  # what is wrong is said when a command is queued
            if isinstance(reply, ErrorReply):
                return [refusal_of(reply)] * len(changes)
        done = reply_or_raise(done)
        if done is None:
            return None
        if not isinstance(done, list) or len(done) != len(changes):
            raise policy.makes_no_sense("a transaction was executed")
        return [written(change, reply) for change, reply in zip(changes, done)]

    def _each(self, changes: Sequence[Change]) -> list[Answer]:
        """Change each key by itself."""
        if "eval" in self._denied:
            return [self._watched(change) for change in changes]
        arguments = [
            (b"1", change.key, change.old or b"", *(() if change.new is None else (change.new,)))
            for change in changes
        ]
        # Alone, so that nothing has changed yet where it is denied; it also loads the script.
        replies = self._change([(b"EVAL", SCRIPT, *arguments[0])])
        if denies_command(replies[0], "eval"):
            self._denied.add("eval")
            return self._each(changes)
        if arguments[1:]:
            replies += self._change([(b"EVALSHA", _DIGEST, *more) for more in arguments[1:]])
        for n, reply in enumerate(
            replies
        ):  # a script can be flushed at any time, and EVALSHA denied
            if denies_command(reply, "evalsha") or _is_unknown_script(reply):
                replies[n] = self._change([(b"EVAL", SCRIPT, *arguments[n])])[0]
        return [self._scripted(reply) for reply in replies]

    @staticmethod
    def _scripted(reply: Any) -> Answer:
        if isinstance(reply, ErrorReply):
            return refusal_of(reply)
        return _BY_WORD[expect(reply, bytes)]

    def _watched(self, change: Change) -> Answer:
        """Change one key without a script; begin again while others write to it."""
        for _ in range(_ATTEMPTS):
            found = self._begin([change.key], [(b"GET", change.key)])
            if found is None:
                return ServerError("denied", f"neither transactions nor scripts ({RIGHTS})")
            entry = reply_or_raise(found[0])
            if entry != change.old:
                self._exchange([(b"DISCARD",)])
                return Outcome.GONE if entry is None else Outcome.CHANGED
            done = self._execute([change])
            if done is not None:
                return done[0]
        return Outcome.CHANGED  # whoever writes that often has written something newer

    def _exchange(self, words: list[Words]) -> list[Any]:
        self._send(words)
        return self._receive(len(words))

    def _change(self, words: list[Words]) -> list[Any]:
        self._send(words)
        self._on_step("sent")
        replies = self._receive(len(words))
        self._on_step("read")
        return replies

    def _send(self, words: list[Words]) -> None:
        if self._asking:
            words = [each for one in words for each in ((b"ASKING",), one)]
        self._connection.send(words, self._timeout)

    def _receive(self, count: int) -> list[Any]:
        if self._asking:
            return self._connection.receive(2 * count, self._timeout)[1::2]
        return self._connection.receive(count, self._timeout)


def _is_unknown_script(reply: Any) -> bool:
    return isinstance(reply, ErrorReply) and reply.code == "NOSCRIPT"
