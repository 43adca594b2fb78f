"""`Shelflife`: the extension, in Flask's manner."""

from __future__ import annotations

import weakref
from functools import lru_cache, partial, update_wrapper
from typing import Any, Callable, NoReturn, Optional, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, has_request_context, request

from shelflife.errors import ConfigurationError
from shelflife.flask import settings
from shelflife.flask.app_cache import AppCache
from shelflife.flask.caching import Caching, Key
from shelflife.http import Policy, custom_key, key_of_url, with_options, without_parentheses

NAME = "shelflife"
_MARK = "_shelflife_is_decorated"
_MOST_POLICIES = 8
"""One for each application is remembered."""
T = TypeVar("T")


class Shelflife:
    """The extension. One object serves any number of applications, each with a cache of its own.

    Args:
        app: An application; or call `init_app` for each.
    """

    def __init__(self, app: Optional[Flask] = None) -> None:
        self._scopes: weakref.WeakKeyDictionary[Any, Caching] = weakref.WeakKeyDictionary()
        self._watched: weakref.WeakSet[Flask] = weakref.WeakSet()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give an application its cache, as its `SHELFLIFE_*` settings say.

        Raises:
            ConfigurationError: For a setting that cannot work; it names the setting.
            RuntimeError: If the application has one already.
        """
        if NAME in app.extensions:
            raise RuntimeError(f"{app.name} has a cache already: call init_app once")
        policy = settings.policy(app.config)
        cache = AppCache(**settings.cache_options(app.config))
        cache.policy = policy
        app.extensions[NAME] = cache
        weakref.finalize(app, cache.close)
        self._watch(app)

    @property
    def cache(self) -> AppCache:
        """The cache of the current application.

        Raises:
            RuntimeError: If it has none.
        """
        cache: Optional[AppCache] = current_app.extensions.get(NAME)
        if cache is None:
            raise RuntimeError(f"{current_app.name} has no cache: call init_app(app) at start-up")
        return cache

    def cached(
        self,
        *bare: NoReturn,
        key: Key = None,
        unless: Optional[Callable[[], Any]] = None,
        **options: Any,
    ) -> Callable[[T], T]:
        """Decorate a view; or give it a blueprint or an application, for all of their views.

        Args:
            *bare: Nothing: `cached()` has parentheses, and its options names.
            key: Text, or a function that gives it, in place of the request's URL.
            unless: If what this function gives is true, the request goes past the cache.
            **options: Of `shelflife.http.Policy`: `ttl`, `vary`, `statuses`, and so on.

        Raises:
            ConfigurationError: For an option that cannot work.
        """
        if bare:
            raise without_parentheses("@cache.cached()")
        with_options(Policy(), options)
        over = partial(with_options, options=options)
        caching = Caching(lru_cache(_MOST_POLICIES)(over), key, unless)

        def decorate(target: T) -> T:
            if isinstance(target, Blueprint):
                target.record(lambda state: self._watch(cast(Flask, state.app)))
            elif isinstance(target, Flask):
                self._watch(target)
            else:
                return cast(T, self._decorated(target, caching))
            self._scopes[target] = caching
            return target

        return decorate

    def uncached(self, view: T) -> T:
        """Decorate a view that is never cached, whatever is said of its blueprint."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return current_app.ensure_sync(cast(Any, view))(*args, **kwargs)

        return cast(T, _marked(wrapper, view))

    def delete(self, url: str) -> bool:
        """Remove the response of a URL, and its variants; True if the server confirmed.

        Args:
            url: The whole URL; or its path and query, for the current request's scheme and host,
                or else the application's `PREFERRED_URL_SCHEME` and `SERVER_NAME`.

        Raises:
            ConfigurationError: If nothing says which host is meant, or it is no URL.
        """
        if has_request_context():
            scheme, host = request.scheme, request.host
        else:
            scheme = current_app.config["PREFERRED_URL_SCHEME"]
            host = current_app.config["SERVER_NAME"] or ""
        if not host and not urlsplit(url).netloc:
            raise ConfigurationError("give the whole URL, or set SERVER_NAME, outside of requests")
        return self.cache.forget(key_of_url(url, scheme, host))

    def delete_key(self, key: str) -> bool:
        """Remove the response under a key that `key=` gave; True if the server confirmed."""
        return self.cache.forget(custom_key(key))

    def _decorated(self, view: Any, caching: Caching) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return caching.serve(self.cache, lambda: current_app.ensure_sync(view)(*args, **kwargs))

        return _marked(wrapper, view)

    def _watch(self, app: Flask) -> None:
        """Look at each request between `before_request`, which may refuse it, and its view."""
        if app not in self._watched:
            self._watched.add(app)
            dispatch = partial(self._dispatch, weakref.ref(app), app.dispatch_request)
            app.dispatch_request = dispatch  # type: ignore[method-assign]

    def _dispatch(
        self, app_ref: weakref.ref[Flask], dispatch: Callable[..., Any], *args: Any
    ) -> Any:
        app = app_ref()
        caching = self._scope(app) if self._scopes and app is not None else None
        if caching is None:
            return dispatch(*args)
        return caching.serve(self.cache, partial(dispatch, *args))

    def _scope(self, app: Flask) -> Optional[Caching]:
        """Give what was said of the innermost blueprint, or of the application."""
        view = app.view_functions.get(request.endpoint or "")
        if view is None or hasattr(view, _MARK):
            return None
        for name in request.blueprints:
            caching = self._scopes.get(app.blueprints[name])
            if caching is not None:
                return caching
        return self._scopes.get(app)


def _marked(wrapper: Any, view: Any) -> Any:
    """Make it look like the view, and known as one that somebody has decided on."""
    update_wrapper(wrapper, view)
    setattr(wrapper, _MARK, True)
    return wrapper
