"""Tests that mock the cache client are found while they run; others are left alone."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("cachelib")

APP = """
    import redis
    from cachelib import SimpleCache
    from shelflife import Cache

    client = redis.Redis(port=1)
    cache = Cache("memory://")
    simple = SimpleCache()
    settings = {"ttl": 1}

    class Wrapper(redis.Redis):
        pass

    def read(key):
        return client.get(key)
"""
HEAD = """
import functools, sys, pytest, redis, app
from unittest import mock
from unittest.mock import MagicMock, patch
"""
MOCKS = {
    "a class in its library": "with patch('redis.Redis'): pass",
    "a class by another name": "with patch('app.redis.Redis'): pass",
    "a module": "with patch('app.redis'): pass",
    "an instance": "with patch('app.client'): pass",
    "a method of an instance": "with patch.object(app.client, 'get', return_value=b'1'): pass",
    "a method of a class": "with patch('redis.Redis.get', autospec=True): pass",
    "the opener": "with patch('redis.from_url'): pass",
    "several": "with patch.multiple(app, client=MagicMock(), simple=mock.DEFAULT): pass",
    "a started patch": "patch('app.cache').start(); patch.stopall()",
    "a decorator": "patch('app.cache')(lambda mocked: None)()",
    "shelflife": "with patch('shelflife.Cache'): pass",
    "cachelib": "with patch.object(app.simple, 'get'): pass",
    "a subclass": "with patch('app.Wrapper'): pass",
    "a spec": "MagicMock(spec=redis.Redis)",
    "a spec of an instance": "mock.Mock(spec_set=app.cache)",
    "autospec": "mock.create_autospec(redis.asyncio.Redis)",
    "monkeypatch by name": "monkeypatch.setattr('app.client', object())",
    "monkeypatch": "monkeypatch.setattr(app, 'cache', None)",
    "monkeypatch of a method": "monkeypatch.setattr(redis.Redis, 'get', lambda *_: b'1')",
    "a module that is replaced": "monkeypatch.setitem(sys.modules, 'redis', MagicMock())",
    "a module in a dict": "with patch.dict('sys.modules', {'redis': MagicMock()}): pass",
    "a property": "with patch.object(redis.Redis, 'get', new_callable=mock.PropertyMock): pass",
}
SILENT = {
    "something else": "with patch('app.read'), patch('os.getcwd'): pass",
    "a plain mock": "MagicMock(); mock.Mock(spec=dict); mock.create_autospec(app.read)",
    "a dict": "with patch.dict(app.settings, ttl=2): pass",
    "the environment": "monkeypatch.setenv('URL', 'x'); monkeypatch.setitem(app.settings, 'a', 1)",
    "a real client": "monkeypatch.setattr(app, 'client', redis.Redis(port=2))",
    "a real cache": "monkeypatch.setattr(app, 'cache', app.Cache('memory://'))",
    "another real class": "with patch('redis.Redis', app.Wrapper): pass",
    "a spy": "with patch.object(app.client, 'get', wraps=app.client.get): pass",
    "a wrapping function": (
        "real = redis.Redis.get; "
        "monkeypatch.setattr(redis.Redis, 'get', functools.wraps(real)(lambda *a: real(*a)))"
    ),
    "a mock around a client": "MagicMock(spec=redis.Redis, wraps=app.client)",
    "a failure": "with patch.object(app.client, 'get', side_effect=redis.ConnectionError): pass",
    "another failure": "with patch('app.client.get', side_effect=redis.TimeoutError('x')): pass",
    "an option": "monkeypatch.setattr(app.simple, 'default_timeout', 5)",
    "an exception": "with patch('redis.exceptions.ConnectionError'): pass",
    "a patch that does not work": "with pytest.raises(AttributeError): patch('app.gone').start()",
    "a monkeypatch that does not work": (
        "pytest.raises(AttributeError, monkeypatch.setattr, 'app.gone', 1)"
    ),
}


def module(cases: dict[str, str]) -> str:
    """Tests, one for each case."""
    tests = [
        f"def test_{number}(monkeypatch):\n    '''{name}'''\n    {text}\n"
        for number, (name, text) in enumerate(cases.items())
    ]
    return HEAD + "\n".join(tests)


def test_each_way_to_mock_a_client_fails_if_that_is_wanted(project: Any) -> None:
    """And every one is told, with the fixture to use instead."""
    project.write(app=APP)
    project.pytester.makepyfile(test_mocks=module(MOCKS))
    asked = project.run("--no-mocked-cache", "-rf")
    told = project.run()

    asked.assert_outcomes(failed=len(MOCKS))
    asked.stdout.fnmatch_lines(["*this test patches *use the fixture shelflife_cache*"])
    told.assert_outcomes(passed=len(MOCKS))
    told.stdout.fnmatch_lines(
        [
            "*mocked caches*",
            "test_mocks.py::test_0 patches redis.client.Redis",
            f"{len(MOCKS)} tests mock the cache client. *shelflife_cache*--no-mocked-cache*",
        ]
    )


def test_what_mocks_no_client_is_left_alone(project: Any) -> None:
    """Other patches, spies, real clients, simulated failures."""
    project.write(app=APP)
    project.pytester.makepyfile(test_silent=module(SILENT))

    result = project.run("--no-mocked-cache")
    result.assert_outcomes(passed=len(SILENT))
    result.stdout.no_fnmatch_line("*mock the cache client*")


def test_fixtures_count_for_all_who_ask_for_them(project: Any) -> None:
    """Whatever their scope is; others are left alone, and so is who says why."""
    project.write(
        app=APP,
        test_fixtures="""
        import pytest
        from unittest.mock import patch

        @pytest.fixture(scope="module")
        def wide():
            with patch("app.client"):
                yield

        @pytest.fixture
        def narrow(monkeypatch):
            monkeypatch.setattr("app.client.get", lambda key: 1)

        def test_narrow(narrow): pass
        def test_none(): pass
        def test_first(wide): pass
        def test_second(wide): pass
        def test_other(): pass

        @pytest.mark.shelflife_mocked_cache("the server is somebody else's")
        def test_reason(wide): pass
        """,
    )

    result = project.run("--no-mocked-cache", "--strict-markers")
    result.assert_outcomes(failed=3, passed=3)
    result.stdout.fnmatch_lines(["3 tests mock the cache client.*"])


def test_a_module_that_patches_as_it_is_imported_counts_for_all_its_tests(project: Any) -> None:
    """And for no others."""
    project.write(
        app=APP,
        test_patched="""
        from unittest.mock import patch
        patch("app.client").start()

        def test_one(): pass
        def test_two(): pass
        """,
        test_plain="def test_three(): pass",
    )

    try:
        result = project.run("--no-mocked-cache")
    finally:
        from unittest.mock import patch  # noqa: PLC0415 - beside its use

        patch.stopall()
    result.assert_outcomes(failed=2, passed=1)


FAKE = """
    import redis

    class FakeRedis(redis.Redis):
        def __init__(self, *args, **kwargs):
            self.got = {}

        def get(self, key):
            return self.got.get(key)
"""


def test_a_fake_in_use_is_told(project: Any) -> None:
    """Made in a test, by a fixture, at import, or put in a real one's place; not an unused one."""
    project.write(
        app=APP,
        fakeredis=FAKE,
        conftest="import fakeredis",
        test_made="""
        import app, fakeredis, pytest

        @pytest.fixture(scope="session")
        def fake():
            return fakeredis.FakeRedis()

        def test_made(): assert fakeredis.FakeRedis().get("a") is None
        def test_fixture(fake): pass
        def test_again(fake): pass
        def test_placed(fake, monkeypatch): monkeypatch.setattr(app, "client", fake)
        def test_unused(): pass
        """,
        test_module="""
        import fakeredis
        CLIENT = fakeredis.FakeRedis()

        def test_module(): pass
        """,
    )

    result = project.run("--no-mocked-cache")
    result.assert_outcomes(failed=5, passed=1)
    result.stdout.fnmatch_lines(["*uses fakeredis.FakeRedis*"])


def test_a_failing_test_keeps_its_own_error(project: Any) -> None:
    """What it is about is what is seen first."""
    project.write(
        app=APP,
        test_failing="""
        from unittest.mock import patch

        def test_failing():
            with patch("app.client"):
                assert "its own" == "error"
        """,
    )

    result = project.run("--no-mocked-cache")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'its own' == 'error'*"])


def test_nothing_is_left_wrapped(project: Any) -> None:
    """The ways into mocks are those of the library again when nobody looks on any more."""
    code = """
        import pytest
        from unittest import mock
        before = mock._patch.__enter__, pytest.MonkeyPatch.setattr
        assert pytest.main(["-q", "-p", "shelflife.pytest_plugin", "--collect-only"]) == 5
        assert before == (mock._patch.__enter__, pytest.MonkeyPatch.setattr)
    """
    script = project.pytester.makepyfile(script=code)

    assert project.pytester.runpython(script).ret == 0


def test_long_lists_are_cut(project: Any) -> None:
    """The count stays."""
    text = "with patch('app.client'): pass"
    project.write(app=APP)
    project.pytester.makepyfile(test_long=module({str(n): text for n in range(25)}))

    project.run().stdout.fnmatch_lines(["and 5 more", "25 tests mock the cache client.*"])


@pytest.mark.parametrize("name", ["client", "proxy"])
def test_the_cache_of_django_counts(project: Any, name: str) -> None:
    """Its proxy, and its backends."""
    pytest.importorskip("django")
    texts = {
        "client": "patch('django.core.cache.backends.locmem.LocMemCache.get')",
        "proxy": "patch('django.core.cache.cache')",
    }
    project.write(
        test_django=f"""
        from unittest.mock import patch
        import django.conf
        if not django.conf.settings.configured:
            django.conf.settings.configure()

        def test_one():
            with {texts[name]}:
                pass

        def test_other():
            from django.conf import settings
            with patch.object(settings, "OURS", True, create=True):
                pass
        """
    )

    project.run("--no-mocked-cache").assert_outcomes(failed=1, passed=1)
