"""Both ways between us and the serializer of an unmodified cachelib, if it is installed."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from shelflife import envelope
from shelflife.dialects import make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.pickles import AllowList

cachelib = pytest.importorskip("cachelib.serializers")

_VALUES: list[Any] = [
    *(None, True, False, 0, 7, -3, 2**63 - 1, 2**63, -(2**70), 1.5, "", "7", "café", b"", b"7"),
    {"a": [1, (2, {3})], "when": datetime(2020, 1, 1, tzinfo=timezone.utc), "n": Decimal("1.10")},
]
_RAW = rb"7,+7, 7 ,-7,0_1,007,-0,_7,7_,1__0,7 7,-,--7,- 7,7L,0x7,7e1,7.0,inf".split(
    b","
) + b"\x0b7\x0c,\n7\r\n,7\x00,\xd9\xa7,\x1c7,\x857,\xa07,text,\x00".split(b",")


@pytest.fixture
def client() -> Any:
    """What `cachelib.RedisCache` reads and writes entries with."""
    return cachelib.RedisSerializer()


@pytest.fixture
def ours() -> Dialect:
    return make_dialect("werkzeug", allow=AllowList.default(), floor="3.8", note=print)


@pytest.mark.parametrize("value", _VALUES, ids=repr)
def test_the_client_and_we_read_each_other(value: object, client: Any, ours: Dialect) -> None:
    for again in (client.loads(ours.write(value)), ours.read(client.dumps(value))):
        assert type(again) is type(value)
        assert again == value


@pytest.mark.parametrize("raw", _RAW)
def test_integers_are_what_the_client_takes_for_one(raw: bytes, client: Any, ours: Dialect) -> None:
    """Any bytes that are neither pickle nor integer are a value to both."""
    expected = client.loads(raw)
    again = ours.read(raw)
    assert type(again) is type(expected)
    assert again == expected


def test_the_client_takes_a_guarded_envelope_for_a_miss(client: Any) -> None:
    """And one without the guard byte for a value: that is what the guard is for."""
    for name in envelope.CODECS:
        number = envelope.CODECS[name]
        assert client.loads(envelope.seal(number, b"payload", guard=True)) is None
        bare = envelope.seal(number, b"payload", guard=False)
        assert client.loads(bare) == bare
