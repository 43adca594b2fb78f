"""dogpile's own suites for backends, from its wheel, with ours in place of theirs."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

pytest.importorskip("dogpile.testing", reason="the suites come with dogpile.cache 1.3 and newer")

from dogpile.cache import CacheRegion
from dogpile.testing import fixtures

from shelflife.dogpile import ShelflifeBackend
from shelflife.testing import PrivateServer


class OnAServer:
    """Gives the suites a real server; closes what they have made."""

    backend: ClassVar[str] = "shelflife"
    arguments: ClassVar[dict[str, Any]] = {}

    @classmethod
    def setup_class(cls) -> None:
        """Nothing yet: the server comes with the fixture."""

    @pytest.fixture(autouse=True)
    def _server(self, server: PrivateServer, monkeypatch: pytest.MonkeyPatch) -> Any:
        made: list[ShelflifeBackend] = []
        initialise = ShelflifeBackend.__init__

        def remember(self: ShelflifeBackend, arguments: Any) -> None:
            initialise(self, arguments)
            made.append(self)

        monkeypatch.setattr(ShelflifeBackend, "__init__", remember)
        self.config_args = {"arguments": {"url": server.url, **self.arguments}}
        yield
        for backend in made:
            backend.cache.close()

    def test_argument_dictionary_unmodified(self) -> None:
        """As the original says, but without unknown arguments, which are an error here."""
        before = dict(self.config_args["arguments"])

        region: Any = CacheRegion()
        region.configure(self.backend, **self.config_args)
        assert self.config_args["arguments"] == before


class TestBackend(OnAServer, fixtures._GenericBackendTestSuite):
    """The backend as it is."""


class TestSerializer(
    OnAServer, fixtures._GenericSerializerTestSuite, fixtures._GenericBackendTestSuite
):
    """A region with a serializer of its own."""


class TestDistributedLock(
    OnAServer, fixtures._GenericMutexTestSuite, fixtures._GenericBackendTestSuite
):
    """A lock among processes."""

    arguments: ClassVar[dict[str, Any]] = {"distributed_lock": True, "lock_sleep": 0.01}


class AtAFloor(OnAServer):
    """dogpile's own form, until the last old reader is gone."""

    arguments: ClassVar[dict[str, Any]] = {
        "reads": "dogpile",
        "writes": "dogpile",
        "floor": "3.8",
        "redis_expiration_time": 60,
    }

    def test_backend_set_get_value(self) -> None:
        """As the original says, of bytes that a region makes: others have no header."""
        backend = ShelflifeBackend(self.config_args["arguments"])
        entry = b'{"ct": 1795867047.5, "v": 2}|some value'

        backend.set_serialized("some_key", entry)
        assert backend.get_serialized("some_key") == entry


class TestAtAFloor(AtAFloor, fixtures._GenericBackendTestSuite):
    """Pickled payloads."""


class TestSerializerAtAFloor(
    AtAFloor, fixtures._GenericSerializerTestSuite, fixtures._GenericBackendTestSuite
):
    """A serializer of its own."""
