"""Compares answers with what the releases answer by themselves.

Rules:
1. Each release is asked twice side by side, cold and warm, on a cache of its own. What it answers
   then is its reference; in what these answers differ is noise.
2. An answer that is like none of the references of its own release: the shared cache did that. If
   the new release answers otherwise than the old one, the release may have done that by itself.
3. An answer that is the same to the byte is found to be so before anything is taken apart.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Optional

from shelflife.rehearse.answers.answer import Answer
from shelflife.rehearse.answers.clock import Span
from shelflife.rehearse.answers.differences import Comparison, Difference, NoiseRule
from shelflife.rehearse.answers.differing import Differ
from shelflife.rehearse.answers.ignoring import Ignored
from shelflife.rehearse.answers.noise import VALUE, Known, NoiseBook
from shelflife.rehearse.answers.places import STATUS
from shelflife.rehearse.answers.references import Given, References
from shelflife.rehearse.answers.views import View, differences, fingerprint, learn_from, view_of
from shelflife.rehearse.plan import ComparePlan
from shelflife.rehearse.requests import Request

OLD, NEW = "old", "new"
_MOST_LEARNED = 300  # requests of an endpoint whose noise is looked at
_KEPT = 64
_LARGEST_KEPT = 65_536
_MOST_NOISE_SHOWN = 500
_MOST_HOSTS = 100
_NO_NOISE = NoiseBook()


class Comparer:
    """Learns what the releases answer by themselves, then compares. For several threads.

    Args:
        compare: What is not compared.
        folder: Where the answers are kept meanwhile.
        host: The Host header that is sent, if the plan says one.

    Attributes:
        noise: What was found to be noise, after `settle`.

    Raises:
        ConfigurationError: A path or a pattern of the plan is not understood.
    """

    def __init__(self, compare: ComparePlan, folder: Path, host: Optional[str] = None) -> None:
        self._ignored_headers = frozenset(name.lower() for name in compare.ignore_headers)
        self._ignored = Ignored(compare.ignore_paths, compare.ignore_patterns)
        self._references = References(folder)
        self._books: dict[tuple[str, str], NoiseBook] = {}
        self._views: OrderedDict[bytes, View] = OrderedDict()
        self._own_books: OrderedDict[tuple[bytes, str], NoiseBook] = OrderedDict()
        self._hosts = frozenset([_host_name(host)] if host else [])
        self._span = Span()
        self._lock = threading.RLock()
        self.noise: list[NoiseRule] = []

    def learn(self, request: Request, release: str, run: int, answer: Answer) -> None:
        """Keep what a release answers by itself.

        Args:
            request: What it was asked.
            release: "old" or "new".
            run: 0 or 1, the two side by side.
            answer: Cold or warm: both count.
        """
        key = _key(request)
        mark = fingerprint(answer, self._ignored_headers)
        with self._lock:
            self._references.add_request(key, request.number, request.endpoint)
            self._references.add(key, release, run, mark, answer)
            self._own_books.pop((key, release), None)
            self._note_host(request)

    def settle(self) -> None:
        """Find the noise, when all is learned."""
        with self._lock:
            self._books.clear()
            for release in (OLD, NEW):
                for endpoint, requests in self._references.endpoints(release):
                    self._books[endpoint, release] = self._endpoint_book(requests, release)
            self.noise = self._rules()

    def compare(self, request: Request, release: str, answer: Answer) -> Comparison:
        """Hold an answer against what is known."""
        mark = fingerprint(answer, self._ignored_headers)
        with self._lock:
            own = self._compared(request, (release,), mark, answer)
            old = None
            if release == NEW:
                old = self._compared(request, (OLD, NEW), mark, answer)
        return Comparison(tuple(own or ()), tuple(old or ()), own is not None)

    def reference(self, request: Request, release: str) -> Optional[Answer]:
        """Give what a release answers by itself: the first answer, if there is one."""
        with self._lock:
            given = self._references.given(_key(request), release)
            answers = [self._references.answer(each.mark) for each in given]
        return next((each for each in answers if each.status), answers[0] if answers else None)

    def close(self) -> None:
        """Remove what was kept."""
        with self._lock:
            self._references.close()

    def _note_host(self, request: Request) -> None:
        for name, value in request.headers:
            if name.lower() == "host" and len(self._hosts) < _MOST_HOSTS:
                self._hosts |= {_host_name(value)}

    def _compared(
        self, request: Request, releases: Sequence[str], mark: bytes, answer: Answer
    ) -> Optional[list[Difference]]:
        """Compare with the first of the releases; the noise of all of them counts."""
        key = _key(request)
        given = self._references.given(key, releases[0])
        if not given:
            return None
        if any(each.mark == mark for each in given):
            return []
        got = self._view(mark, answer)
        if self._is_like_first(request, given, releases, got):
            return []
        views = [self._view(each.mark) for each in given]
        return self._compared_with(views, got, self._known(request, key, releases), answer)

    @staticmethod
    def _compared_with(
        views: Sequence[View], got: View, known: Known, answer: Answer
    ) -> Optional[list[Difference]]:
        answered = [view for view in views if view.status]
        if not answered:  # a service that did not answer is no measure
            return None if got.status else []
        like = [view for view in answered if view.status == got.status]
        if like:
            return differences(Differ(known, may_say_more=known.is_of_two), like, got)
        noise = known.at(STATUS.general)
        if noise is not None and not answer.is_error and str(answer.status) in noise.mixed:
            return []
        text = str(answer.status) if answer.status else f"no answer: {answer.error}"
        return [Difference(STATUS.shown, str(answered[0].status), text)]

    def _is_like_first(
        self, request: Request, given: Sequence[Given], releases: Sequence[str], got: View
    ) -> bool:
        """Whether it is like the first answer, but for the endpoint's noise: most are."""
        first = self._view(given[0].mark)
        if first.status != got.status or not got.status:
            return False
        books = [self._books.get((request.endpoint, each), _NO_NOISE) for each in releases]
        known = Known(books[:1], books[1:], self._span)
        return not differences(Differ(known, may_say_more=known.is_of_two), [first], got)

    def _known(self, request: Request, key: bytes, releases: Sequence[str]) -> Known:
        books = [
            (self._books.get((request.endpoint, each), _NO_NOISE), self._own_book(key, each))
            for each in releases
        ]
        others = [book for pair in books[1:] for book in pair]
        return Known(books[0], others, self._span)

    def _own_book(self, key: bytes, release: str) -> NoiseBook:
        """Give the noise between the answers to one request."""
        found = self._own_books.get((key, release))
        if found is None:
            found = self._request_book(self._references.given(key, release), release)
            self._own_books[key, release] = found
            if len(self._own_books) > _KEPT:
                self._own_books.popitem(last=False)
        return found

    def _endpoint_book(self, requests: list[tuple[bytes, int]], release: str) -> NoiseBook:
        unstable = [request for request, answers in requests if answers > 1]
        step = max(1, -(-len(unstable) // _MOST_LEARNED))
        book = NoiseBook()
        for request in unstable[::step]:
            given = self._references.given(request, release)
            book.add(self._request_book(given, release))
        return book.settled(-(-len(requests) // step))

    def _request_book(self, given: Sequence[Given], release: str) -> NoiseBook:
        book = NoiseBook()
        if len(given) < 2:
            return book
        first, one = given[0], self._view(given[0].mark)
        for each in given[1:]:
            other = self._view(each.mark)
            what = "two runs" if each.run != first.run else "a cold and a warm answer"
            why = f"differs between {what} of {release}"
            if one.status == other.status:
                learn_from(book, why, one, other)
            else:
                statuses = {str(one.status), str(other.status)}
                book.at(STATUS.general, why).add(VALUE, (), statuses)
        return book

    def _view(self, mark: bytes, answer: Optional[Answer] = None) -> View:
        """Take an answer apart, or the one that was kept under a fingerprint; the last few stay."""
        view = self._views.get(mark)
        if view is None:
            answer = answer or self._references.answer(mark)
            view = view_of(answer, self._ignored_headers, self._ignored, self._hosts)
            if len(answer.body) < _LARGEST_KEPT:
                self._views[mark] = view
                if len(self._views) > _KEPT:
                    self._views.popitem(last=False)
        return view

    def _rules(self) -> list[NoiseRule]:
        rules: dict[tuple[str, str], NoiseRule] = {}
        for (endpoint, _), book in sorted(self._books.items()):
            for place, noise in sorted(book.places.items()):
                rules.setdefault((endpoint, place), NoiseRule(endpoint, place, noise.why))
        return list(rules.values())[:_MOST_NOISE_SHOWN]


def _host_name(host: str) -> str:
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _key(request: Request) -> bytes:
    method, target, body = request.identity
    return blake2b(
        f"{method} {target}\n".encode("utf-8", "backslashreplace") + body, digest_size=16
    ).digest()
