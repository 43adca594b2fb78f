"""Which tests mock the cache client: told in the summary, or failing with --no-mocked-cache.

Rules:
1. What a fixture of a wider scope patches counts for every test that asks for it, and what a module
   patches as it is imported for all tests in it.
2. A test that must mock says why: `@pytest.mark.shelflife_mocked_cache("...")`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, Optional

import pytest

from shelflife.pytest_plugin.mocks.clients import FAKES, client_name, fake_name
from shelflife.pytest_plugin.mocks.watching import look_at_loaded, unwatch, watch

MARKER = "shelflife_mocked_cache"
_NOTED = "shelflife_mocks"
_MOST = 20
_INSTEAD = (
    "A mocked cache cannot show what an old entry does: use the fixture shelflife_cache (a real "
    "server), or shelflife_url for a client of your own."
)


def add_options(group: pytest.OptionGroup) -> None:
    """Add what the command line takes."""
    group.addoption(
        "--no-mocked-cache",
        action="store_true",
        help="fail tests that mock or patch the cache client",
    )


class _Seen:
    """What was seen in one place, each thing once."""

    def __init__(self) -> None:
        self._seen: dict[str, Any] = {}

    def add(self, sentence: str, about: Any) -> None:
        self._seen.setdefault(sentence, about)

    def sentences(self) -> list[str]:
        """Give what was seen, without mocks that turned out to let a real client work."""
        return [said for said, about in self._seen.items() if not _calls_through(about)]


class MockedCaches:
    """Looks on while tests are collected and run."""

    def __init__(self, config: pytest.Config) -> None:
        self._fails = bool(config.getoption("no_mocked_cache"))
        self._lasting: dict[tuple[str, str], _Seen] = {}
        self._places: list[_Seen] = []
        self._told: dict[str, list[str]] = {}
        watch(self._tell)

    def pytest_unconfigure(self) -> None:
        """Look away."""
        unwatch(self._tell)

    def _tell(self, sentence: str, about: Any) -> None:
        for place in self._places:
            place.add(sentence, about)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Keep what a module patches while it is imported."""
        look_at_loaded()
        seen = self._begin()
        try:
            return (yield)
        finally:
            self._end(seen)
            if isinstance(collector, pytest.Module):
                _look_through(collector, seen)
                self._keep("", collector.nodeid, seen)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        """Keep what a fixture patches for longer than one test."""
        __tracebackhide__ = True  # errors of the user's fixtures pass through here
        seen = self._begin()
        try:
            return (yield)
        finally:
            self._end(seen)
            if fixturedef.scope != "function":
                self._keep(fixturedef.argname, getattr(fixturedef, "baseid", ""), seen)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch one test."""
        look_at_loaded()
        loaded = {name for name in FAKES if name in sys.modules}
        seen = self._begin()
        item.stash[_SEEN], item.stash[_LOADED] = seen, loaded
        try:
            return (yield)
        finally:
            self._end(seen)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail the test that mocks, if that is wanted."""
        yield
        found = self._found(item)
        if found and self._fails:
            pytest.fail(f"this test {' and '.join(found)}. {_INSTEAD}", pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note on the report what was found: the test may have run in another process."""
        report = yield
        if call.when == "call":
            setattr(report, _NOTED, self._found(item))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what was found."""
        found: Optional[list[str]] = getattr(report, _NOTED, None)
        if found:
            self._told[report.nodeid] = found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell, if there is something to tell."""
        if not self._told:
            return
        terminalreporter.section("mocked caches")
        for nodeid, found in list(self._told.items())[:_MOST]:
            terminalreporter.write_line(f"{nodeid} {' and '.join(found)}")
        if len(self._told) > _MOST:
            terminalreporter.write_line(f"and {len(self._told) - _MOST} more")
        count = len(self._told)
        does = "1 test mocks" if count == 1 else f"{count} tests mock"
        more = "" if self._fails else " --no-mocked-cache fails such tests."
        terminalreporter.write_line(f"{does} the cache client. {_INSTEAD}{more}")

    def _begin(self) -> _Seen:
        seen = _Seen()
        self._places.append(seen)
        return seen

    def _end(self, seen: _Seen) -> None:
        self._places.remove(seen)

    def _keep(self, fixture: str, base: str, seen: _Seen) -> None:
        if seen.sentences():
            self._lasting[fixture, base] = seen
        else:
            self._lasting.pop((fixture, base), None)

    def _found(self, item: pytest.Item) -> list[str]:
        """Give what a test does to the cache client, by itself or by what it uses."""
        if item.get_closest_marker(MARKER) is not None or _SEEN not in item.stash:
            return []
        found = list(item.stash[_SEEN].sentences())
        names = getattr(item, "fixturenames", ())
        for (fixture, base), seen in self._lasting.items():
            if _is_in(item.nodeid, base) and (not fixture or fixture in names):
                found += seen.sentences()
        new = [name for name in FAKES if name in sys.modules and name not in item.stash[_LOADED]]
        found += [f"imports {name}" for name in new]
        return list(dict.fromkeys(found))


_SEEN: pytest.StashKey[_Seen] = pytest.StashKey()
_LOADED: pytest.StashKey[set[str]] = pytest.StashKey()


def _is_in(nodeid: str, base: str) -> bool:
    rest = nodeid[len(base) :]
    return nodeid.startswith(base) and (not base or rest[:1] in ("/", ":", ""))


def _look_through(module: pytest.Module, seen: _Seen) -> None:
    """Find fakes that a module has made as it was imported, before anybody could look."""
    loaded = getattr(module, "_obj", None)  # `obj` would import it once more if that has failed
    names = vars(loaded) if loaded is not None else {}
    for thing in list(names.values()):
        if not isinstance(thing, type) and fake_name(thing):
            seen.add(f"uses {fake_name(thing)}", None)


def _calls_through(about: Any) -> bool:
    """Whether a mock hands calls on to a real client."""
    wrapped = getattr(about, "__dict__", {}).get("_mock_wraps")
    return wrapped is not None and bool(client_name(wrapped)) and not fake_name(wrapped)
