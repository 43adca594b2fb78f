"""A backend for Flask-Caching: `CACHE_TYPE = "shelflife.flask_caching.ShelflifeCache"`."""

from __future__ import annotations

try:
    import flask_caching as _flask_caching  # noqa: F401 - looked for first, to say so if missing
except ImportError as error:
    raise ImportError(
        "shelflife.flask_caching needs Flask-Caching: pip install 'shelflife-cache[flask-caching]'"
    ) from error

from shelflife.flask_caching.backend import ShelflifeCache
from shelflife.flask_caching.responses import register_responses

__all__ = ["ShelflifeCache", "register_responses"]
