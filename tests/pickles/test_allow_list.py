"""Which names pickles may refer to."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelflife.errors import ConfigurationError
from shelflife.pickles import SAFE, AllowList, canonical


def test_default_is_what_is_safe() -> None:
    """The default list permits every safe name and nothing that runs code."""
    default = AllowList.default()
    assert all(default.permits(*full.rsplit(".", 1)) for full in SAFE)
    for module, name in [("os", "system"), ("builtins", "eval"), ("builtins", "type"), ("", "")]:
        assert not default.permits(module, name)


def test_extended() -> None:
    """Exact names permit themselves, a module everything below it; the old list stays as it was."""
    default = AllowList.default()
    allow = default.extended(["shop.Cart", "app.models.*"])
    permitted = [("shop", "Cart"), ("app.models", "A"), ("app.models.sub", "A.B")]
    refused = [("shop", "Cart2"), ("shop.Cart", "x"), ("app", "models"), ("app.models2", "A")]
    assert all(allow.permits(*name) for name in permitted)
    assert not any(allow.permits(*name) for name in refused)
    assert not any(default.permits(*name) for name in permitted)
    assert allow == AllowList.default().extended(["app.models.*", "shop.Cart"])


@pytest.mark.parametrize("name", ["", "*", "app", "app..A", "app.A.", "*.A", "app.*.A", "a b.c", 5])
def test_what_is_no_name(name: object) -> None:
    """A bad name is quoted in the error."""
    with pytest.raises(ConfigurationError) as caught:
        AllowList.default().extended([name])  # type: ignore[list-item]
    assert repr(name) in str(caught.value)


def test_text_is_no_list() -> None:
    """A single text, which would be taken letter by letter, is refused."""
    with pytest.raises(ConfigurationError, match="list"):
        AllowList.default().extended("app.models.*")


def test_file(tmp_path: Path) -> None:
    """A file has one name a line, with comments; a bad line is told by its number."""
    path = tmp_path / "allow.txt"
    path.write_text("# ours\n\napp.models.*  # all\nshop.Cart\n", "utf-8")
    assert AllowList.from_file(path) == AllowList.default().extended(["app.models.*", "shop.Cart"])
    path.write_text("app.models.*\nnot a name\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"line 2.*'not a name'"):
        AllowList.from_file(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        AllowList.from_file(tmp_path / "missing")


def test_canonical() -> None:
    """Python 2's names are Python 3's below protocol 3, and what they are above."""
    assert canonical("__builtin__", "unicode", 2) == ("builtins", "str")
    assert canonical("copy_reg", "_reconstructor", 0) == ("copyreg", "_reconstructor")
    assert canonical("__builtin__", "unicode", 3) == ("__builtin__", "unicode")
    assert canonical("app.models", "Article", 2) == ("app.models", "Article")
