"""The fixture `golden`: the entries that were ever written of a value are kept, and read for ever.

Rules:
1. Nothing is written without --golden-update, and nothing is ever replaced or removed.
2. A Python of --golden-pythons that is missing is told in the summary, or fails if it is promised.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

from shelflife.pytest_plugin.caches import merged_options
from shelflife.pytest_plugin.promises import is_promised

if TYPE_CHECKING:
    from shelflife import AsyncCache, Cache
    from shelflife.testing.golden import Cached
    from shelflife.testing.golden.elsewhere import Elsewhere

FOLDER = "golden"
USED = "shelflife_golden"
"""The attribute of a test's report that says which values were checked, and what was missed."""

_FIRST = """\
  pytest --golden-update {test}
keeps what is written now, for every later release to read: commit it."""
_UPDATE = """\
Every kept entry is still read. If this is meant,
  pytest --golden-update {test}
adds what is written now beside them."""
_REPAIR = """\
Entries like these may be alive in a cache, and whoever reads them there gets a miss, or worse."""

_USED: pytest.StashKey[dict[str, list[str]]] = pytest.StashKey()
_MET: pytest.StashKey[dict[Path, Any]] = pytest.StashKey()
_PYTHONS: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def add_options(group: pytest.OptionGroup) -> None:
    """Add what the command line takes."""
    group.addoption(
        "--golden-update",
        action="store_true",
        help="add golden entries of what is written now beside those that are kept",
    )
    group.addoption(
        "--golden-pythons",
        metavar="VERSIONS",
        default="",
        help="read golden entries in these Pythons too, such as 2.7,3.8",
    )


class GoldenEntries:
    """What the fixture gives: call it with a name and a value."""

    def __init__(self, request: pytest.FixtureRequest, options: dict[str, Any]) -> None:
        self._item = request.node
        self._options = options
        self._folder = self._item.path.parent / FOLDER / self._item.path.stem

    def __call__(
        self,
        name: str,
        value: Any,
        *,
        cache: Optional[Cache | AsyncCache] = None,
        write: Optional[Callable[[Any], bytes]] = None,
        read: Optional[Callable[[bytes], Any]] = None,
        **options: Any,
    ) -> None:
        """Check that every kept entry is read as this value, and that it is written the same now.

        Args:
            name: The value's name within this test module; a folder gets it.
            value: What the code under test caches.
            cache: The cache that writes and reads it. Without one, a cache in memory with the
                options of `shelflife_cache_options`, of the markers, and of this call.
            write: Instead of a cache, what gives the bytes of a value...
            read: ...and what gives the value of bytes.
            **options: Options of a cache, such as reads="werkzeug", writes="werkzeug", floor="2.7".
        """
        __tracebackhide__ = True
        from shelflife.testing.golden import GoldenCheck, GoldenFolder  # noqa: PLC0415 - see below
        from shelflife.testing.golden.files import check_name  # noqa: PLC0415 - only who asks pays

        folder = self._folder / check_name(name)
        used = self._item.stash.setdefault(_USED, {"names": [], "missed": []})
        used["names"].append(name)
        cached = self._cached(cache, write, read, options)
        update = self._item.config.getoption("golden_update")
        met = self._item.config.stash.setdefault(_MET, {})
        check = GoldenCheck(GoldenFolder(folder), cached, update=update, met=met).run(value)
        problems = [*check.problems, *self._elsewhere(check.goldens, used["missed"])]
        if problems:
            helps = check.update_helps and len(problems) == len(check.problems)
            remedy = (_UPDATE if check.goldens else _FIRST) if helps else _REPAIR
            pytest.fail(self._told(folder, problems, remedy), pytrace=False)

    def _cached(
        self,
        cache: Any,
        write: Optional[Callable[[Any], bytes]],
        read: Optional[Callable[[bytes], Any]],
        options: dict[str, Any],
    ) -> Cached:
        from shelflife import Cache  # noqa: PLC0415 - see above
        from shelflife.testing.golden import Cached  # noqa: PLC0415 - see above

        if (write is None) != (read is None) or (write is not None and (cache or options)):
            raise TypeError("golden() takes a cache, or options of one, or both write and read")
        if write is not None and read is not None:
            return Cached(write, read)
        if cache is not None and options:
            raise TypeError("golden() takes a cache or options of one, not both")
        if cache is None:
            cache = Cache("memory://", **{**self._options, **options})
        return cached_by(cache)

    def _elsewhere(self, goldens: Any, missed: list[str]) -> list[str]:
        config = self._item.config
        said: list[str] = []
        for series, python in pythons(config).items():
            if isinstance(python, str):
                if is_promised(f"python{series}"):
                    said.append(f"SHELFLIFE_REQUIRE promises python{series}, but {python}")
                elif python not in missed:
                    missed.append(python)
            else:
                said += python.problems(goldens)
        return said

    def _told(self, folder: Path, problems: list[str], remedy: str) -> str:
        try:
            where = folder.relative_to(self._item.config.rootpath)
        except ValueError:
            where = folder
        lines = [f"golden entries in {where}:", *(f"  - {problem}" for problem in problems)]
        return "\n".join([*lines, remedy.format(test=shlex.quote(self._item.nodeid))])


def cached_by(cache: Any) -> Cached:
    """Give how a cache writes and reads entries, without its server."""
    from shelflife.cache.core import CacheCore  # noqa: PLC0415 - see above
    from shelflife.errors import BelowFloor, NotPortable  # noqa: PLC0415 - see above
    from shelflife.testing.golden import Cached  # noqa: PLC0415 - see above

    if not isinstance(cache, CacheCore):
        raise TypeError(
            f"golden(cache=...) takes a cache of shelflife, not {type(cache).__name__}: give "
            "write= and read=, which make bytes of a value and a value of bytes"
        )
    context = cache._context  # noqa: SLF001 - the tests' own view of a cache

    def write(value: Any) -> bytes:
        __tracebackhide__ = True
        try:
            entry: bytes = context.writer.write(value)
        except (BelowFloor, NotPortable) as error:
            why = str(error)
        else:
            return entry
        pytest.fail(f"the value is not written by this cache: {why}", pytrace=False)

    return Cached(write, context.value_of)


@pytest.fixture
def shelflife_golden(
    request: pytest.FixtureRequest, shelflife_cache_options: dict[str, Any]
) -> GoldenEntries:
    """Golden entries: `golden("article", value)` keeps its bytes, and reads the old ones."""
    return GoldenEntries(request, merged_options(request, shelflife_cache_options))


@pytest.fixture
def golden(shelflife_golden: GoldenEntries) -> GoldenEntries:
    """The short name of `shelflife_golden`; another plugin's `golden` may be in its place."""
    return shelflife_golden


def pythons(config: pytest.Config) -> dict[str, Elsewhere | str]:
    """Give the other Pythons, or why one is not here; opened once a session."""
    known = config.stash.get(_PYTHONS, None)
    if known is None:
        known = config.stash[_PYTHONS] = _open_pythons(config)
    return known


def _open_pythons(config: pytest.Config) -> dict[str, Elsewhere | str]:
    asked = config.getoption("golden_pythons")
    if not asked:
        return {}
    from shelflife.errors import ConfigurationError  # noqa: PLC0415 - see above
    from shelflife.testing.golden.elsewhere import (  # noqa: PLC0415 - see above
        Elsewhere,
        NotHere,
        check_series,
    )

    try:
        wanted = check_series(asked)
    except ValueError as error:
        raise pytest.UsageError(f"--golden-pythons: {error}") from None
    found: dict[str, Elsewhere | str] = {}
    for series in wanted:
        try:
            found[series] = Elsewhere(series, _own_folders(config))
        except (NotHere, ConfigurationError) as error:
            found[series] = str(error)
    return found


def _own_folders(config: pytest.Config) -> list[str]:
    """Give the folders of the project's own modules: what other Pythons may import as well."""
    import sys  # noqa: PLC0415 - its path as it is now

    root = config.rootpath
    below = [Path(entry) for entry in sys.path if entry and Path(entry).is_relative_to(root)]
    own = [str(path) for path in below if not _is_pythons(path.relative_to(root))]
    return [*own, *([] if str(root) in own else [str(root)])]


def _is_pythons(path: Path) -> bool:
    """Whether a folder within the project is of an environment that was made there."""
    return any(part == "site-packages" or part.startswith("python3") for part in path.parts)


def note_on(report: pytest.TestReport, item: pytest.Item) -> None:
    """Put on a test's report which values it has checked: it may have run in another process."""
    if report.when == "call":
        setattr(report, USED, item.stash.get(_USED, {"names": [], "missed": []}))
