"""Real libraries, each in an interpreter of its own, that store and fetch through a real server."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from conftest import missing, python
from shelflife.cli.demo.environments import environment

# Runs on Python 2.7 and up. Reads jobs, and says what came of each: "same", or what it was instead.
_DRIVER = r"""
from __future__ import print_function, unicode_literals
import datetime, decimal, fractions, json, sys, uuid, warnings
from collections import OrderedDict
from datetime import date, timedelta
warnings.simplefilter("ignore")
TEXT = type("")
FLAG = unicode_literals.compiler_flag
NUMBERS = (int, type(2 ** 70))

def evaluate(expression):
    return eval(compile(expression, "value", "eval", FLAG), globals())

def same(one, other):
    if type(one) in NUMBERS and type(other) in NUMBERS:
        return one == other
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        keys = list(one)
        return keys == list(other) and all(same(one[key], other[key]) for key in keys)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)

def django(spec):
    from django.conf import settings
    options = dict(spec["options"])
    backend = options.pop("BACKEND")
    where = {"BACKEND": backend, "LOCATION": spec["url"], "OPTIONS": options}
    settings.configure(CACHES={"default": where}, USE_TZ=True)
    import django
    django.setup()
    from django.core.cache import cache
    return cache.get, lambda key, value: cache.set(key, value, 300)

def dogpile(spec):
    from dogpile.cache import make_region
    made = {}
    if spec["options"].get("json"):
        made = {"serializer": lambda v: json.dumps(v).encode(), "deserializer": json.loads}
    region = make_region(**made)
    region.configure("dogpile.cache.redis", arguments={"url": spec["url"]})
    return region.get, region.set

def flask_caching(spec):
    from flask import Flask
    from flask_caching import Cache
    app = Flask("driver")
    options = dict(spec["options"], CACHE_REDIS_URL=spec["url"])
    cache = Cache(app, config=options)
    with app.app_context():
        backend = cache.cache
    return backend.get, backend.set

def aiocache(spec):
    import asyncio
    from aiocache import Cache, serializers
    host, port = spec["url"].split("//")[1].split("/")[0].split(":")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    serializer = getattr(serializers, spec["options"]["serializer"])()
    cache = Cache(Cache.REDIS, endpoint=host, port=int(port), serializer=serializer)
    return (
        lambda key: loop.run_until_complete(cache.get(key)),
        lambda key, value: loop.run_until_complete(cache.set(key, value)),
    )

spec = json.load(sys.stdin)
get, put = globals()[spec["library"]](spec)
said = []
for what, key, expression in spec["jobs"]:
    try:
        if what == "set":
            put(key, evaluate(expression))
            said.append("set")
        elif what == "repr":
            said.append(repr(get(key)))
        else:
            got, wanted = get(key), evaluate(expression)
            said.append("same" if same(got, wanted) else "changed: %r" % (got,))
    except Exception as error:
        said.append("%s: %r" % (type(error).__name__, error))
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Library:
    """One release of a library, set up in one way.

    Attributes:
        name: How the driver calls it.
        dialect: Our name for it.
        pins: What to install; nothing for what the running interpreter has.
        python: The interpreter's version; "" for the one that runs.
        options: How it is set up.
        prefix: What it puts before a key.
    """

    name: str
    dialect: str
    pins: tuple[str, ...] = ()
    python: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""

    @property
    def floor(self) -> str:
        """The Python that reads."""
        return self.python or f"{sys.version_info[0]}.{sys.version_info[1]}"

    def __str__(self) -> str:
        herd = "-herd" if "CLIENT_CLASS" in self.options else ""
        return f"{self.dialect}{herd}-{'-'.join(self.pins[:1]) or 'installed'}-{self.floor}"

    def run(self, url: str, jobs: list[tuple[str, str, str]]) -> list[str]:
        """Do jobs: ("set", key, expression), ("get", key, expression), ("repr", key, "")."""
        path = []
        program = sys.executable
        if not self.pins and find_spec(self.name) is None:
            pytest.skip(f"{self.name} is not installed for Python {self.floor}")
        if self.pins:
            program = python(self.python)
            path = [install(program, self.pins)]
        spec = {"library": self.name, "url": url, "options": self.options, "jobs": jobs}
        done = subprocess.run(
            [program, "-W", "ignore", "-c", _DRIVER],
            input=json.dumps(spec),
            env=environment(path),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        said: list[str] = json.loads(done.stdout.splitlines()[-1])
        return said


def install(program: str, pins: tuple[str, ...]) -> Path:
    """Give the folder with these packages; made once, then kept between runs."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    kept = Path(cache) / "shelflife" / "tests"
    folder = kept / hashlib.sha256("\n".join((program, *pins)).encode()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    kept.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".building-", dir=kept))
    words = [program, "-s", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*words, "--target", str(aside), *pins],
        env=environment([]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        shutil.rmtree(aside)
        missing("packages", f"{' '.join(pins)} cannot be installed: {done.stderr[-200:]}")
    aside.rename(folder)
    return folder


def django_redis(dialect: str, *pins: str, python: str = "", **options: Any) -> Library:
    """A release of django-redis."""
    given = {"BACKEND": "django_redis.cache.RedisCache", **options}
    return Library("django", dialect, pins, python, given, ":1:")


def serializer(name: str) -> str:
    """Give the path of a serializer of django-redis."""
    kinds = {"json": "JSONSerializer", "msgpack": "MSGPackSerializer", "pickle": "PickleSerializer"}
    return f"django_redis.serializers.{name}.{kinds[name]}"


def compressor(name: str) -> str:
    """Give the path of a compressor of django-redis."""
    return f"django_redis.compressors.{name}.{name.capitalize()}Compressor".replace("Zstd", "ZStd")
