from __future__ import annotations

import ssl
import traceback
from typing import Any

import pytest

from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores import open_async_store, open_store
from shelflife.stores.address import Address, is_memory, parse_url
from shelflife.stores.breaker import Breaker
from shelflife.stores.handshake import check_greeting, greeting
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply

SECRET = "s3cret"


def where(url: str) -> Address:
    return parse_url(url, {})[0]


def test_a_plain_url_names_host_port_and_database() -> None:
    """What is left out has Redis's own defaults, but the host."""
    address = where("redis://cache.example:7000/3")
    assert (address.host, address.port, address.db) == ("cache.example", 7000, 3)
    address = where("redis://cache.example")
    assert (address.port, address.db, address.username, address.password) == (6379, 0, None, None)
    assert address.shown == "redis://cache.example:6379/0"
    assert where("redis://[::1]:7000/").host == "::1"
    assert where("redis://[::1]:7000/").shown == "redis://[::1]:7000/0"
    assert where("redis://host/1?db=2").db == 2


@pytest.mark.parametrize("scheme", ["redis", "valkey", "rediss", "valkeys"])
def test_every_spelling_of_a_network_scheme_is_spoken(scheme: str) -> None:
    """And only the ones with an s encrypt, checking certificates and names by default."""
    address = where(f"{scheme}://host:1/0")
    assert (address.tls is not None) is (scheme in ("rediss", "valkeys"))
    if address.tls is not None:
        assert address.tls.verify_mode is ssl.CERT_REQUIRED
        assert address.tls.check_hostname


@pytest.mark.parametrize("scheme", ["unix", "redis+unix", "valkey+unix"])
def test_a_socket_is_named_by_its_path(scheme: str) -> None:
    """Percent-encoded where needed."""
    address = where(f"{scheme}://me:{SECRET}@/var/my%20redis.sock?db=4")
    assert (address.path, address.db) == ("/var/my redis.sock", 4)
    assert (address.username, address.password) == ("me", SECRET)
    assert address.shown == f"{scheme}://me:***@/var/my%20redis.sock?db=4"


def test_user_and_password_may_be_percent_encoded_or_parameters() -> None:
    """Both ways give the same."""
    first = where("redis://me:p%40ss%2Fw%23@host")
    second = where("redis://host?username=me&password=p%40ss%2Fw%23")
    assert (
        (first.username, first.password) == (second.username, second.password) == ("me", "p@ss/w#")
    )
    assert first.shown == second.shown == "redis://me:***@host:6379/0"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{SECRET}@host/1",
        f"redis://me:{SECRET}@host/1",
        f"redis://{SECRET}@host/1",
        f"redis://host/1?password={SECRET}",
        f"rediss://host/1?password={SECRET}&ssl_cert_reqs=none",
        f"unix://:{SECRET}@/tmp/x.sock",
    ],
)
def test_no_password_is_ever_shown(url: str) -> None:
    """Neither by the store nor by what it is made of, a password in the user's place included."""
    address, limits = parse_url(url, {})
    for store in (open_store(url), open_async_store(url)):
        assert SECRET not in repr(store) + store.address
    assert SECRET not in repr(address) + repr(limits) + address.shown


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (None, "needs a URL"),
        ("", "needs a URL"),
        (b"redis://host", "needs a URL"),
        ("memory://somewhere", "takes nothing after it"),
        ("host:6379", "allowed are"),
        ("http://host", "allowed are"),
        ("redis://", "names no host"),
        ("redis://host:99999", "host or port"),
        (f"redis://:pa/{SECRET}@host/0", "percent-encode"),
        (f"redis://:{SECRET}#x@host/0", "percent-encode"),
        (f"redis://:1/{SECRET}@host/0", "names no host"),
        (f"redis://:{SECRET}?x@host/0", "percent-encode"),
        (f"redis://host/{SECRET}", "must be a number"),
        (f"redis://host/0?{SECRET}=1", "each once"),
        (f"redis://host/0?{SECRET}", "each once"),
        ("redis://host/0?db=1&db=2", "each once"),
        ("redis://host/-1", "must be a number"),
        ("redis://host/²", "must be a number"),
        ("redis://host/0?decode_responses=true", "entries are bytes"),
        (f"redis://host/0?socket_timeout={SECRET}", "not a number"),
        ("redis://host/0?socket_timeout=nan", "must be seconds"),
        ("redis://host/0?socket_timeout=0", "more than 0"),
        ("redis://host/0?max_connections=inf", "not a number"),
        ("redis://host/0?max_connections=0", "from 1 up"),
        ("redis://host/0?ssl_cert_reqs=none", "begin it with rediss://"),
        ("rediss://host/0?ssl_cert_reqs=maybe", "must be one of"),
        ("rediss://host/0?ssl_ca_certs=/no/such/file", "No such file"),
        ("rediss://host/0?ssl_keyfile=/no/such/file", "needs ssl_certfile"),
        ("rediss://host/0?ssl_cert_reqs=none&ssl_check_hostname=true", "needs certificates"),
        ("redis://host/0?client_name=two%20words", "printable ASCII"),
        ("redis://ho st/0", "percent-encode"),
        ("redis://host\n/0", "percent-encode"),
        ("redis://[half/0", "cannot be read"),
        ("redis://\ud800/0", "cannot be read"),
        (f"redis://{'x' * 70}.example/0", "host or port"),
        ("unix://relative/path", "three slashes"),
        ("unix:///", "three slashes"),
        ("unix:///x.sock?ssl_cert_reqs=none", "has no TLS"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_being_quoted(url: Any, says: str) -> None:
    """With a sentence on what is allowed, and no secret anywhere in the traceback."""
    for open_it in (open_store, open_async_store):
        with pytest.raises(ConfigurationError, match=says) as caught:
            open_it(url)
        told = "".join(traceback.format_exception_only(caught.type, caught.value))
        assert SECRET not in told
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_option_goes_before_the_url_and_the_url_before_the_default() -> None:
    """None leaves the choice to the next in line."""
    url = "redis://host?socket_timeout=2&socket_connect_timeout=3&max_connections=4"
    assert parse_url("redis://host", {})[1] == Limits()
    assert parse_url(url, {"read_timeout": None})[1] == Limits(3, 2, 4)
    assert parse_url(url, {"read_timeout": 9, "pool_wait": 0})[1] == Limits(3, 9, 4, pool_wait=0)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("read_timeout", 0),
        ("read_timeout", -1),
        ("read_timeout", float("nan")),
        ("read_timeout", float("inf")),
        ("read_timeout", True),
        ("read_timeout", "1"),
        ("connect_timeout", 1e12),
        ("pool_wait", -0.1),
        ("max_connections", 0),
        ("max_connections", 1.5),
        ("breaker_failures", 0),
        ("breaker_failures", True),
        ("timeout", 1),
    ],
)
@pytest.mark.parametrize("url", ["memory://", "redis://host"])
def test_an_option_that_cannot_work_is_refused(url: str, option: str, value: Any) -> None:
    """Even by the memory store, which needs none: the URL may change with the environment."""
    with pytest.raises(ConfigurationError, match=option):
        open_store(url, **{option: value})


def test_memory_is_told_from_servers() -> None:
    """In any case of letters."""
    assert is_memory("memory://")
    assert is_memory("MEMORY://")
    assert not is_memory("redis://memory")


def test_a_greeting_says_only_what_is_needed() -> None:
    """Nothing at all to an open server's first database."""
    assert greeting(where("redis://host/0")) == []
    assert greeting(where("redis://:pw@host/2?client_name=api")) == [
        ("AUTH", b"pw"),
        ("SELECT", "2"),
        ("CLIENT", "SETNAME", "api"),
    ]
    assert greeting(where("redis://me:pw@host")) == [("AUTH", b"me", b"pw")]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("WRONGPASS invalid username-password pair", "auth"),
        (f"ERR unknown command 'AUTH', with args beginning with: '{SECRET}'", "auth"),
        ("ERR Client sent AUTH, but no password is set", "auth"),
        ("LOADING Redis is loading the dataset in memory", "loading"),
        ("ERR max number of clients reached", "refused"),
    ],
)
def test_a_refused_login_is_told_without_the_password(reply: str, kind: str) -> None:
    """Whatever the server says of it."""
    commands = greeting(where(f"redis://:{SECRET}@host"))
    with pytest.raises(ServerError) as caught:
        check_greeting(commands, [ErrorReply(reply)])
    assert caught.value.kind == kind
    assert SECRET not in str(caught.value)
    check_greeting(commands, [b"OK"])


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    """An answer in between, even a refusal, shows that the server is there."""
    breaker = Breaker(2, 60)
    for kind in ("timeout", "out-of-memory", "closed", "busy"):
        breaker.failed(ServerError(kind, ""))
        breaker.admit()
    breaker.failed(ServerError("refused", "nobody listens"))
    with pytest.raises(ServerError, match=r"failing-fast: .*nobody listens"):
        breaker.admit()
    breaker.succeeded()
    breaker.admit()


def test_the_breaker_lets_one_call_try_in_each_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others go on failing fast until it has succeeded."""
    now = 100.0
    monkeypatch.setattr("shelflife.stores.breaker.time.monotonic", lambda: now)
    breaker = Breaker(1, 1.0)
    breaker.failed(ServerError("timeout", ""))
    now += 1.5
    breaker.admit()
    with pytest.raises(ServerError, match="failing-fast"):
        breaker.admit()
    now += 1.5  # the one that tried never came back
    breaker.admit()
    breaker.succeeded()
    breaker.admit()
    breaker.admit()
