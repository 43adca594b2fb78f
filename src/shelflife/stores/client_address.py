"""Where a redis-py client's pool leads, for messages: without its password."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from shelflife.stores.address import show_host


def shown(pool: Any) -> str:
    """Give the URL; of a client behind sentinels, the service's."""
    kwargs = pool.connection_kwargs
    who = f"{quote(kwargs.get('username') or '')}:***@" if kwargs.get("password") else ""
    database = kwargs.get("db") or 0
    if kwargs.get("path"):
        return f"unix://{who}{kwargs['path']}?db={database}"
    is_tls = "ssl_cert_reqs" in kwargs or "SSL" in pool.connection_class.__name__
    scheme = "rediss" if is_tls else "redis"
    service = getattr(pool, "service_name", None)
    if service is not None:
        asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
        where = ",".join(show_host(str(one["host"]), int(one["port"])) for one in asked)
        return f"{scheme}+sentinel://{who}{where}/{quote(service)}/{database}"
    where = f"{kwargs.get('host', 'localhost')}:{kwargs.get('port', 6379)}"
    return f"{scheme}://{who}{where}/{database}"
