"""The extension in its applications: factories, several of them, blueprints, kinds of views."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any

import pytest
import redis

from flask_responses.conftest import MakeApp, Service
from shelflife import Cache
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")
views = pytest.importorskip("flask.views", reason="Flask is not installed")


def extension() -> Any:
    from shelflife.flask import Shelflife  # noqa: PLC0415 - after importorskip

    return Shelflife()


def test_factories_and_several_applications(server: PrivateServer) -> None:
    """One extension, a cache of its own for each."""
    responses = extension()

    def view() -> str:
        return f"{flask.current_app.name} {responses.cache.get('name')}"

    decorated = responses.cached()(view)

    def create(name: str) -> Any:
        app = flask.Flask(name)
        app.config.update(SHELFLIFE_URL=server.url, SHELFLIFE_PREFIX=f"{name}:")
        app.add_url_rule("/page", view_func=decorated)
        responses.init_app(app)
        with app.app_context():
            responses.cache.set("name", name)
        return app

    apps = [create("one"), create("two")]
    for _ in range(2):
        answers = [app.test_client().get("/page").text for app in apps]
        assert answers == ["one one", "two two"]
    assert all(isinstance(app.extensions["shelflife"], Cache) for app in apps)
    assert [app.extensions["shelflife"].counters().hits for app in apps] == [2, 2]
    with redis.Redis(port=server.port) as raw:
        assert sorted(raw.keys("*")) == [
            *(b"one:name", b"one:responses:GET http://localhost/page"),
            *(b"two:name", b"two:responses:GET http://localhost/page"),
        ]
    for app in apps:
        app.extensions["shelflife"].close()


def test_an_application_that_is_gone_closes_its_connections(server: PrivateServer) -> None:
    """Nothing else keeps it."""
    app = flask.Flask("service")
    app.config["SHELFLIFE_URL"] = f"{server.url}?client_name=gone"
    extension().init_app(app)
    app.extensions["shelflife"].get("key")
    with redis.Redis(port=server.port) as raw:
        assert "gone" in [client["name"] for client in raw.client_list()]
        gone = weakref.ref(app)
        del app
        gc.collect()

        assert gone() is None
        until = time.monotonic() + 5  # the server needs a moment to notice
        while "gone" in [client["name"] for client in raw.client_list()]:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_an_application_without_the_extension_is_told_so() -> None:
    """As by other extensions of Flask."""
    responses = extension()
    app = flask.Flask("service")
    app.testing = True
    app.add_url_rule("/page", view_func=responses.cached()(lambda: "page"))
    with pytest.raises(RuntimeError, match=r"service has no cache: call init_app\(app\)"):
        app.test_client().get("/page")
    blueprint = flask.Blueprint("part", "part")
    blueprint.add_url_rule("/part", view_func=lambda: "page")
    responses.cached()(blueprint)
    other = flask.Flask("other")
    other.testing = True
    other.register_blueprint(blueprint)
    with pytest.raises(RuntimeError, match="other has no cache"):
        other.test_client().get("/part")
    app.config["SHELFLIFE_URL"] = "memory://"
    responses.init_app(app)
    with pytest.raises(RuntimeError, match="call init_app once"):
        responses.init_app(app)


def test_a_blueprint_and_an_application_as_a_whole(make: MakeApp) -> None:
    """The innermost rules; a view's own decorator before both; `uncached` before all."""
    service = make(responses_mark=True)
    app, responses = service.app, service.responses
    blueprint = flask.Blueprint("part", "part")
    inner = flask.Blueprint("inner", "inner")

    def page() -> str:
        service.computed.append(flask.request.path)
        return "page"

    blueprint.add_url_rule("/part", endpoint="part", view_func=page)
    inner.add_url_rule("/inner", endpoint="inner", view_func=page)
    blueprint.register_blueprint(inner)
    app.add_url_rule("/page", endpoint="page", view_func=page)
    app.add_url_rule("/own", endpoint="own", view_func=responses.cached(statuses=[203])(page))
    app.add_url_rule("/never", endpoint="never", view_func=responses.uncached(page))
    responses.cached(ttl=10)(blueprint)
    responses.cached(ttl=20)(app)
    app.register_blueprint(blueprint)

    paths = ("/part", "/inner", "/page", "/own", "/never", "/nowhere")
    marks = [[service.get(path).headers.get("X-Cache") for _ in range(2)] for path in paths]
    assert marks == [*[["miss", "hit"]] * 3, ["miss", "miss"], [None, None], [None, None]]
    for path, ttl in (("/part", 10), ("/inner", 10), ("/page", 20)):
        left = service.cache.ttl(f"responses:GET http://localhost{path}")
        assert ttl - 1 < left <= ttl


def test_what_refuses_a_request_refuses_it_before_the_cache(make: MakeApp) -> None:
    """`before_request` is where applications look who is asking, whenever it was added."""
    service = make()
    service.view("/page", "page")
    service.responses.cached()(service.app)
    service.app.add_url_rule("/whole", endpoint="whole", view_func=lambda: "page")

    def check() -> Any:
        return None if flask.request.headers.get("X-Key") == "right" else ("who?", 401)

    service.app.before_request(check)
    for path in ("/page", "/whole"):
        for _ in range(2):
            assert service.get(path, X_Key="right").text == "page"
            assert service.get(path).status_code == 401


def test_views_that_are_classes(make: MakeApp) -> None:
    """By `decorators`, and method by method."""
    service = make()

    class Whole(views.View):  # type: ignore[misc, name-defined]
        decorators = (service.responses.cached(),)

        def dispatch_request(self, number: int) -> str:
            service.computed.append("whole")
            return str(number)

    class Methods(views.MethodView):  # type: ignore[misc, name-defined]
        @service.responses.cached()  # type: ignore[untyped-decorator]
        def get(self, number: int) -> str:
            service.computed.append("get")
            return str(number)

        def post(self, number: int) -> str:
            service.computed.append("post")
            return str(number)

    service.app.add_url_rule("/whole/<int:number>", view_func=Whole.as_view("whole"))
    service.app.add_url_rule("/methods/<int:number>", view_func=Methods.as_view("methods"))
    for _ in range(2):
        assert [service.get(f"/whole/{number}").text for number in (1, 2)] == ["1", "2"]
        assert service.get("/methods/1").text == "1"
        assert service.get("/methods/1", "POST").text == "1"
    assert sorted(service.computed) == ["get", "post", "post", "whole", "whole"]


def test_a_request_is_cached_once_only(make: MakeApp) -> None:
    """A decorator within a decorator does nothing; and so does a view that calls another."""
    service = make()

    def page() -> str:
        service.computed.append("page")
        return "page"

    inner = service.responses.cached(ttl=5)(page)
    service.app.add_url_rule(
        "/twice", endpoint="twice", view_func=service.responses.cached()(inner)
    )
    service.app.add_url_rule("/page", endpoint="page", view_func=inner)
    service.view("/calls", inner)

    for path in ("/twice", "/calls", "/page"):
        assert [service.get(path).text for _ in range(2)] == ["page", "page"]
    assert service.computed.count("page") == 3


def test_async_views(make: MakeApp) -> None:
    """Are run by Flask's own means, and only if something is to be computed."""
    pytest.importorskip("asgiref", reason="asgiref, which Flask needs for async, is missing")
    service = make()

    async def page() -> str:
        service.computed.append("page")
        return "page"

    service.app.add_url_rule("/page", view_func=service.responses.cached()(page))
    assert [service.get("/page").text for _ in range(2)] == ["page", "page"]
    assert service.computed == ["page"]


def test_subdirectories_of_a_host(make: MakeApp) -> None:
    """Where an application is mounted is a part of its URLs, also of those it makes itself."""
    service = make()
    service.view("/page", "page")

    def ask(root: str) -> None:
        environ = {"SCRIPT_NAME": root, "PATH_INFO": "/page"}
        client = service.app.test_client()
        assert client.get("/page", environ_overrides=environ).text == "page"

    for root in ("", "/sub", "/sub"):
        ask(root)
    assert len(service.computed) == 2
    with service.app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/sub"}):
        assert service.responses.delete(flask.url_for("/page"))
    for root in ("", "/sub"):
        ask(root)
    assert len(service.computed) == 3


def test_deleting_without_a_host_is_refused(make: MakeApp) -> None:
    """As nobody could say which one is meant."""
    service: Service = make()

    with (
        service.app.app_context(),
        pytest.raises(ValueError, match="whole URL, or set SERVER_NAME"),
    ):
        service.responses.delete("/page")


@pytest.mark.parametrize("url", ["page", "mailto:page"])
def test_deleting_what_is_no_url_is_refused(make: MakeApp, url: str) -> None:
    """Rather than confirmed: nothing is kept under such a name."""
    service: Service = make()

    with (
        service.app.test_request_context("/"),
        pytest.raises(ValueError, match="begins with a slash"),
    ):
        service.responses.delete(url)


def test_a_url_may_leave_out_the_scheme(make: MakeApp) -> None:
    """It is the current request's, then."""
    service: Service = make()
    service.view("/page", "page")

    def computed() -> int:
        assert service.get("/page").text == "page"
        return len(service.computed)

    assert [computed(), computed()] == [1, 1]
    with service.app.test_request_context("/"):
        assert service.responses.delete("//localhost/page")
    assert computed() == 2
