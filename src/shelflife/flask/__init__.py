"""An extension for Flask: a cache for the application, and one for the responses of its views.

responses = Shelflife()                  # or Shelflife(app)
responses.init_app(app)                  # app.config: SHELFLIFE_URL, SHELFLIFE_PREFIX, ...

@app.get("/articles/<int:number>")
@responses.cached(ttl=60)
def article(number): ...
"""

from __future__ import annotations

try:
    import flask as _flask  # noqa: F401 - looked for first, to say so if it is missing
except ImportError as error:
    raise ImportError(
        "shelflife.flask needs Flask: pip install 'shelflife-cache[flask]'"
    ) from error

from shelflife.flask.app_cache import AppCache
from shelflife.flask.extension import Shelflife

__all__ = ["AppCache", "Shelflife"]
