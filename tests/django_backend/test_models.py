"""Models and querysets with codec "pickle"; and what happens with the default one."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from shelflife import NotPortable
from shelflife.testing import PrivateServer

MODELS = [
    "django.db.models.base.model_unpickle",
    "django.db.models.base.ModelState",
    "django.db.models.fetch_modes.*",  # since Django 6.1
]
QUERYSETS = [*MODELS, "django.db.models.*", "django.contrib.contenttypes.models.*"]


@pytest.fixture(autouse=True)
def database() -> None:
    call_command("migrate", verbosity=0)


def test_models_need_a_few_names(configure: Any) -> None:
    """Alone, in lists, deferred: with the state that they were cached in."""
    cache = configure(OPTIONS={"codec": "pickle", "allow": MODELS})
    one = ContentType.objects.first()
    one.note = "not in the database"
    for value in (one, [one], {"id": ContentType.objects.defer("model").first()}):
        assert cache.set("k", value) is True
        assert cache.get("k") == value

    cache.set("k", one)
    assert cache.get("k").note == "not in the database"


def test_querysets_need_those_of_queries(configure: Any) -> None:
    """And come back evaluated, or as the bare query."""
    cache = configure(OPTIONS={"codec": "pickle", "allow": QUERYSETS})
    found = ContentType.objects.filter(id__gt=0).exclude(model="x").order_by("id")
    cache.set("k", found)
    cache.set("query", found.query)

    assert list(cache.get("k")) == list(found)
    again = ContentType.objects.all()
    again.query = cache.get("query")
    assert list(again) == list(found)


def test_a_name_that_is_not_allowed_is_told(configure: Any) -> None:
    """When it is written, with the option that allows it; when it is read, as a miss."""
    cache = configure(OPTIONS={"codec": "pickle", "allow": MODELS})
    with pytest.raises(NotPortable, match=r"allow=\["):
        cache.set("k", ContentType.objects.all())

    generous = configure(OPTIONS={"codec": "pickle", "allow": QUERYSETS})
    generous.set("k", ContentType.objects.all())
    assert configure().lookup("k").reason == "rejected-name"


def test_without_pickle_a_model_is_told(cache: Any, server: PrivateServer) -> None:
    """With where it is, and what to do."""
    cache.set("k", "old")
    with pytest.raises(NotPortable, match=r"value\['one'\].*allow codec 'pickle'"):
        cache.set("k", {"one": ContentType.objects.first()})

    with redis.Redis.from_url(server.url) as client:
        assert client.keys() == []
