"""Where entries live: Redis or Valkey, or this process. Only this package knows a driver."""

from __future__ import annotations

from typing import Any, Optional

from shelflife.stores.address import is_memory
from shelflife.stores.interface import AsyncStore, Store
from shelflife.stores.limits import Limits, Number, check_limits
from shelflife.stores.memory import AsyncMemoryStore, MemoryStore
from shelflife.stores.topology_urls import parse_places

__all__ = [
    "AsyncMemoryStore",
    "AsyncStore",
    "Limits",
    "MemoryStore",
    "Store",
    "async_store_from_client",
    "check_url",
    "client_from_options",
    "client_of_url",
    "is_client_option",
    "open_async_store",
    "open_store",
    "store_from_client",
]


def open_store(url: Optional[str], **options: Optional[Number]) -> Store:
    """Give the store that a URL names. Connects on first use.

    Args:
        url: `memory://`, `redis://`, `rediss://`, `unix://`, `redis+sentinel://`,
            `redis+cluster://`, or a `valkey` spelling.
        **options: Fields of `Limits`, such as `read_timeout`; None stands for the default.

    Raises:
        ConfigurationError: If the URL or an option cannot work.
    """
    if is_memory(url):
        check_limits(options)
        return MemoryStore()
    from shelflife.stores.opening import open_places  # noqa: PLC0415 - memory needs no driver

    return open_places(*parse_places(str(url), options))


def open_async_store(url: Optional[str], **options: Optional[Number]) -> AsyncStore:
    """Give the same for asyncio; see `open_store`."""
    if is_memory(url):
        check_limits(options)
        return AsyncMemoryStore()
    from shelflife.stores.opening import open_places_async  # noqa: PLC0415 - as above

    return open_places_async(*parse_places(str(url), options))


def store_from_client(client: Any) -> Store:
    """Give a store over a user's own `redis.Redis`.

    Raises:
        ConfigurationError: If it is of another kind, or decodes responses.
    """
    from shelflife.stores.redis_client import ClientStore  # noqa: PLC0415 - redis is slow to import

    return ClientStore(client)


def async_store_from_client(client: Any) -> AsyncStore:
    """Give a store over a user's own `redis.asyncio.Redis`.

    Raises:
        ConfigurationError: If it is of another kind, or decodes responses.
    """
    from shelflife.stores.redis_client import AsyncClientStore  # noqa: PLC0415 - as above

    return AsyncClientStore(client)


def client_from_options(url: Optional[str] = None, **options: Any) -> Any:
    """Give a `redis.Redis` made from its own options, with our timeouts unless they name others.

    Raises:
        ConfigurationError: If the driver does not take them.
    """
    from shelflife.stores import client_options  # noqa: PLC0415 - as above

    return client_options.client_from_options(url, **options)


def client_of_url(url: str, options: dict[str, Optional[Number]]) -> Any:
    """Give redis-py's own client for the server of a URL; see `stores.raw_client`.

    Raises:
        ConfigurationError: If it cannot be made.
    """
    from shelflife.stores import raw_client  # noqa: PLC0415 - as above

    return raw_client.client_of_url(url, options)


def is_client_option(name: str) -> bool:
    """Whether `redis.Redis`, in the release that is installed, takes an option of that name."""
    from shelflife.stores import client_options  # noqa: PLC0415 - as above

    return name in client_options.OPTIONS


def check_url(url: str) -> None:
    """Look whether a URL names a store, without connecting.

    Raises:
        ConfigurationError: If it does not; the message does not quote it.
    """
    if not is_memory(url):
        parse_places(url, {})
