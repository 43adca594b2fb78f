"""Several iterators at a time, each in a thread of its own, taken by one.

Rules:
1. As many items as there are threads wait to be taken, and each thread holds one more: no more.
2. What a thread raises is raised to who takes the items, and the others end.
3. When nobody takes any more (the iterator is closed, Ctrl-C) the threads end.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, TypeVar

_POLL = 0.1  # seconds after which a thread looks whether anybody still takes
_JOIN = 15.0
_THROUGH = object()

_T = TypeVar("_T")


def merged(
    sources: Sequence[Callable[[], Iterator[_T]]], end: Callable[[], None]
) -> Generator[tuple[int, _T], None, None]:
    """Give the items of all, as they come, each with the number of its source.

    Args:
        sources: Give the items; each is called in its thread.
        end: Called before the last item was taken, if none will be: ends what the threads wait for.
    """
    found: queue.Queue[tuple[int, Any]] = queue.Queue(maxsize=len(sources))
    ended = threading.Event()
    threads = [
        threading.Thread(
            target=_run,
            args=(number, source, found, ended),
            name=f"shelflife-scan-{number}",
            daemon=True,
        )
        for number, source in enumerate(sources)
    ]
    for thread in threads:
        thread.start()
    through = False
    try:
        yield from _taken(found, len(sources))
        through = True
    finally:
        ended.set()
        if not through:
            end()
        for thread in threads:
            thread.join(_JOIN)


def _taken(found: queue.Queue[tuple[int, Any]], running: int) -> Iterator[tuple[int, Any]]:
    while running:
        number, item = found.get()
        if item is _THROUGH:
            running -= 1
        elif isinstance(item, _Raised):
            raise item.error
        else:
            yield number, item


def _run(
    number: int,
    source: Callable[[], Iterator[Any]],
    found: queue.Queue[tuple[int, Any]],
    ended: threading.Event,
) -> None:
    try:
        for item in source():
            _put(found, (number, item), ended)
            if ended.is_set():
                return
        last: Any = _THROUGH
    except BaseException as error:  # noqa: BLE001 - it is for who takes the items
        last = _Raised(error)
    _put(found, (number, last), ended)


def _put(
    found: queue.Queue[tuple[int, Any]], item: tuple[int, Any], ended: threading.Event
) -> None:
    while not ended.is_set():
        try:
            found.put(item, timeout=_POLL)
        except queue.Full:
            continue
        return


class _Raised:
    """What a thread has raised."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
