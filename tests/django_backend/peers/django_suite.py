"""Runs Django's own tests of caches with our backend in place of theirs; a program of its own.

    python django_suite.py TESTS_FOLDER URL RESULTS_FILE

What tests a backend by itself is asked of ours, in place of the one for Redis, blocking and by its
async methods. What tests pages, headers, fragments and middleware, for which Django takes its
backend in memory, is asked of ours on the same server. Writes {test: "" or what failed} as JSON.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import unittest
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

TESTS, URL, RESULTS = sys.argv[1:4]
sys.path.insert(0, TESTS)

import django  # noqa: E402 - after the path
from asgiref.sync import async_to_sync  # noqa: E402
from django.conf import settings  # noqa: E402

OURS = {"BACKEND": "__main__.Backend", "LOCATION": f"{URL}/0"}

settings.configure(
    CACHES={"default": OURS},
    DATABASES={
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        for name in ("default", "other")
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LANGUAGE_CODE="en",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "cache"],
    MIDDLEWARE=[],
    ROOT_URLCONF=[],
    SECRET_KEY="a secret of the tests",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=False,
)

from django.core.cache.backends import locmem  # noqa: E402

from shelflife.django import ShelflifeCache  # noqa: E402

ALLOWED = [
    "cache.models.*",
    "cache.tests.*",
    "datetime.*",
    "django.db.models.*",
    "django.utils.*",
    "django.db.models.base.model_unpickle",
]


class Backend(ShelflifeCache):
    """Ours, with a codec for the models and classes that these tests store."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        params = copy.copy(params)
        params["OPTIONS"] = {"codec": "pickle", "allow": ALLOWED, **(params.get("OPTIONS") or {})}
        super().__init__(location, params)


class InPlaceOfMemory(ShelflifeCache):
    """Ours with its default codec, where Django's tests say that entries live in memory."""

    numbers: ClassVar[dict[str, int]] = {}

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        number = self.numbers.setdefault(name, len(self.numbers) + 2)
        params = {name: value for name, value in params.items() if name.isupper()}
        params["OPTIONS"] = {}
        super().__init__(f"{URL}/{number}", params)

    @property
    def _expire_info(self) -> Any:
        """What the backend in memory calls so: when what expires, by the whole key."""
        keys = ("my-key", "another-key")
        return {self.make_key(key): self.pttl(key) for key in keys}


class ByAsync(Backend):
    """Ours, each blocking method replaced by the async one, in a loop of its own."""


def _through(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return async_to_sync(getattr(self, f"a{name}"))(*args, **kwargs)

    return method


for _name in re.findall(
    r"\w+",
    "add get set touch delete get_many get_or_set has_key incr decr set_many delete_many clear "
    "incr_version decr_version",
):
    setattr(ByAsync, _name, _through(_name))

locmem.LocMemCache = InPlaceOfMemory
django.setup()

from django.test import TestCase, override_settings  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

tests: Any = import_module("cache.tests")


def _settings(backend: str, number: int) -> Any:
    base = {"BACKEND": f"__main__.{backend}", "LOCATION": f"{URL}/{number}"}
    return override_settings(
        CACHES=tests.caches_setting_for_tests(base=base, exclude=tests.redis_excluded_caches)
    )


@_settings("Backend", 0)
class Blocking(tests.BaseCacheTests, TestCase):  # type: ignore[misc]  # Django has no types
    """Every test of a backend."""

    test_get_backend_timeout_method = tests.RedisCacheTests.test_get_backend_timeout_method


@_settings("ByAsync", 1)
class Async(Blocking):
    """The same, by the async methods."""


PAGES = (
    "CustomCacheKeyValidationTests",
    "DefaultNonExpiringCacheKeyTests",
    "CacheUtils",
    "PrefixedCacheUtils",
    "CacheHEADTest",
    "CacheI18nTest",
    "PrefixedCacheI18nTest",
    "CacheMiddlewareTest",
    "TestWithTemplateResponse",
    "TestMakeTemplateFragmentKey",
    "CacheHandlerTest",
)


def main() -> None:
    """Run, and write what came of each test."""
    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases(aliases={"default", "other"})
    loader = unittest.defaultTestLoader
    cases = [Blocking, Async, *(getattr(tests, name) for name in PAGES)]
    result = unittest.TestResult()
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    names = [test.id() for case in suite for test in case]  # type: ignore[union-attr]
    suite.run(result)
    runner.teardown_databases(databases)
    found = dict.fromkeys((name.rpartition("tests.")[2] for name in names), "")
    for test, what in [*result.failures, *result.errors]:
        found[test.id().rpartition("tests.")[2]] = what
    for test, why in result.skipped:
        found[test.id().rpartition("tests.")[2]] = f"SKIPPED {why}"
    Path(RESULTS).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
