"""The fixtures that give a real server and caches on it."""

from __future__ import annotations

from typing import Any

import pytest


def test_each_test_has_an_empty_database(real_project: Any) -> None:
    """Two tests write the same key and neither sees the other's, on one server."""
    real_project.write(
        test_two="""
        import pytest
        SEEN = set()

        @pytest.mark.parametrize("number", range(3))
        def test_one(shelflife_cache, redis_server, number):
            assert shelflife_cache.add("key", number)
            assert shelflife_cache.get("key") == number
            SEEN.add((redis_server.port, shelflife_cache.address))

        def test_all(redis_server):
            assert len(SEEN) == 3
            assert {port for port, _ in SEEN} == {redis_server.port}
        """
    )

    real_project.run().assert_outcomes(passed=4)


def test_a_database_that_comes_round_again_is_empty(
    real_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a test has left in it."""
    monkeypatch.setattr("shelflife.pytest_plugin.servers.DATABASES", 2)
    real_project.write(
        test_round="""
        import pytest

        @pytest.mark.parametrize("number", range(5))
        def test_one(shelflife_cache, number):
            assert shelflife_cache.add("key", number)
        """
    )

    real_project.run().assert_outcomes(passed=5)


def test_a_server_that_a_test_has_ended_is_there_for_the_next(real_project: Any) -> None:
    """On the same port."""
    real_project.write(
        test_ended="""
        def test_end(redis_server, shelflife_cache):
            redis_server.kill()
            assert shelflife_cache.get("a") is None

        def test_next(shelflife_cache):
            assert shelflife_cache.set("a", 1)
        """
    )

    real_project.run().assert_outcomes(passed=2)


def test_options_come_from_the_fixture_and_the_closest_marker(real_project: Any) -> None:
    """And what neither names has its default."""
    real_project.write(
        test_options="""
        import pytest

        @pytest.fixture
        def shelflife_cache_options():
            return {"prefix": "own:", "ttl": 7}

        @pytest.mark.shelflife(ttl=60, reads="werkzeug")
        class TestMarked:
            @pytest.mark.shelflife(ttl=90)
            def test_closest(self, shelflife_cache):
                shelflife_cache.set("a", 1)
                assert 80 < shelflife_cache.ttl("a") <= 90
                assert "own:" in repr(shelflife_cache)

            @pytest.mark.shelflife(writes="werkzeug", floor="2.7")
            def test_dialect(self, shelflife_cache):
                assert shelflife_cache.floor.writes == "werkzeug"

        def test_plain(shelflife_cache):
            shelflife_cache.set("a", 1)
            assert shelflife_cache.ttl("a") <= 7
        """
    )

    real_project.run("--strict-markers").assert_outcomes(passed=3)


def test_a_marker_with_unnamed_options_is_misuse(real_project: Any) -> None:
    """It says how to write it."""
    real_project.write(
        test_misuse="""
        import pytest

        @pytest.mark.shelflife("werkzeug")
        def test_one(shelflife_cache):
            pass
        """
    )

    result = real_project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the marker shelflife takes options of a cache by name*"])


def test_an_async_cache_serves_any_loop(real_project: Any) -> None:
    """One after the other, and no warning is left when they end."""
    real_project.write(
        test_loops="""
        import asyncio, gc

        def test_loops(shelflife_async_cache):
            async def main(number):
                if number:
                    assert await shelflife_async_cache.get("key") == number - 1
                assert await shelflife_async_cache.set("key", number)
            for number in range(3):
                asyncio.run(main(number))
            gc.collect()
        """
    )

    real_project.run("-W", "error").assert_outcomes(passed=1)


@pytest.mark.parametrize("promised", [False, True])
def test_without_a_server_tests_are_skipped_unless_it_is_promised(
    project: Any, monkeypatch: pytest.MonkeyPatch, promised: bool
) -> None:
    """The reason says how to get one; an unfulfilled promise is an error."""
    monkeypatch.setenv("SHELFLIFE_REDIS_SERVER", "no-such-program")
    monkeypatch.setenv("SHELFLIFE_REQUIRE", "python2.7, redis" if promised else "python2.7")
    project.write(test_one="def test_one(shelflife_cache): pass")

    result = project.run("-rs")
    result.assert_outcomes(**{"errors" if promised else "skipped": 1})
    result.stdout.fnmatch_lines(["*SHELFLIFE_REDIS_SERVER names no-such-program*"])
