"""Ten ports that are broken, each in a way of its own, are found; ten that only look so are not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import missing, python
from rehearse.ports.plans import Port, write_plan
from rehearse.rehearsing import rehearse
from shelflife.rehearse.settings import Settings
from shelflife.rehearse.trouble import CannotRehearse

pytestmark = pytest.mark.usefixtures("server_program")
HARMLESS = [
    "random_ids",
    "timestamps",
    "header_order",
    "float_formatting",
    "set_order",
    "json_key_order",
    "etag_and_cookie",
    "html_whitespace",
    "new_header_and_field",
    "chunked",
]
# kind, direction and release of a finding that must be among those of each
BROKEN = {
    "renamed_class": {("error", "upgrade", "new"), ("error", "rollback", "old")},
    "json_to_msgpack": {("answer", "upgrade", "new"), ("unused", "rollback", "old")},
    "key_hashing": {("keys", "", "new")},
    "ttl_units": {("expiry", "", "new")},
    "cached_none": {("error", "rollback", "old")},
    "enum_reordered": {("answer", "upgrade", "new"), ("error", "rollback", "old")},
    "timezone_lost": {("answer", "rollback", "old")},
    "protocol": {("error", "rollback", "old")},
    "pydantic_1_to_2": {("error", "rollback", "old")},
    "numpy_1_to_2": {("error", "rollback", "old")},
}
WITH_PACKAGES = {
    "protocol": Port("broken.protocol", ("redis==3.5.3", None), "2.7"),
    "pydantic_1_to_2": Port("broken.pydantic_1_to_2", ("pydantic==1.10.27", None)),
    "numpy_1_to_2": Port("broken.numpy_1_to_2", ("numpy==1.25.2", "numpy>=2")),
}


def found(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(each["kind"], each["direction"], each["release"]) for each in document["findings"]}


def document_of(port: Port, folder: Path) -> dict[str, Any]:
    try:
        return rehearse(write_plan(port, folder), Settings())[1]
    except CannotRehearse as error:
        if "install:" in str(error):
            missing("packages", str(error))
        raise


def fast_or_slow(names: Any, fast: set[str]) -> list[Any]:
    return [
        pytest.param(name, marks=[] if name in fast else [pytest.mark.slow], id=name)
        for name in names
    ]


@pytest.mark.parametrize("name", fast_or_slow(BROKEN, {"renamed_class", "timezone_lost"}))
def test_a_broken_port_is_found(name: str, tmp_path: Path) -> None:
    """What breaks is found, in the direction in which it breaks."""
    if name == "protocol":
        python("2.7")
    if name == "numpy_1_to_2" and sys.version_info >= (3, 12):
        pytest.skip("the numpy 1 of this Python reads what numpy 2 writes")

    document = document_of(WITH_PACKAGES.get(name, Port(f"broken.{name}")), tmp_path)

    assert found(document) >= BROKEN[name], document["findings"]
    assert document["verdict"] == "unsafe"
    assert document["exit_code"] == 1


@pytest.mark.parametrize("name", fast_or_slow(HARMLESS, {"set_order", "timestamps"}))
def test_a_harmless_port_is_not(name: str, tmp_path: Path) -> None:
    """What only looks different is no finding, and the rehearsal has seen enough to say so."""
    document = document_of(Port(f"harmless.{name}"), tmp_path)

    assert document["findings"] == []
    assert document["adequacy"]["gaps"] == []
    assert document["verdict"] == "safe"
    assert document["exit_code"] == 0
