"""The bridge against the one definition of the format, which is shelflife's."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from bridge.conftest import FILE, ROOT
from shelflife import Reason, envelope
from shelflife.codecs import containers, extensions, packing, scalars
from shelflife.pickles import SAFE, AllowList, canonical
from shelflife.pickles.table import OPCODES


def test_numbers_of_the_envelope(bridge: Any) -> None:
    """Magic, guard byte, codecs, compression and flags."""
    assert (bridge.START, bridge.GUARD) == (envelope.START, envelope.GUARD)
    assert {"portable": bridge.PORTABLE, "pickle": bridge.PICKLE} | {
        "text": bridge.TEXT,
        "bytes": bridge.BYTES,
    } == envelope.CODECS
    assert {"none": 0, "zlib": bridge.ZLIB} == envelope.COMPRESSIONS
    for flag in ("WRITTEN_AT", "FRESH_UNTIL", "COST", "WRITER", "SCHEMA"):
        assert getattr(bridge, flag) == getattr(envelope, flag)


def test_numbers_of_the_extensions(bridge: Any) -> None:
    """Every extension type, by name, and no other."""
    numbers = {k: n for k, n in vars(extensions).items() if k.isupper() and type(n) is int}

    assert {name: getattr(bridge, name) for name in numbers} == numbers
    known = set(bridge._DECODERS) | set(range(bridge.TUPLE, bridge.REGISTERED + 1))
    assert known == set(numbers.values())


def test_limits_and_factories(bridge: Any) -> None:
    """What is refused on writing there is refused here."""
    assert bridge.FACTORIES == containers.FACTORIES
    assert bridge.MAX_TERM_BYTES == scalars.MAX_TERM_BYTES
    assert bridge.MAX_RANGE_BITS == containers.MAX_RANGE_BITS
    assert bridge.MAX_DEPTH == packing.MAX_DEPTH


def test_safe_names(bridge: Any) -> None:
    """The same, since the same Python, and each is called by something."""
    assert {name: safe.since for name, safe in SAFE.items()} == bridge.SAFE
    assert set(bridge.SAFE) == set(bridge._SHAPES) | set(bridge._BUILDERS) | set(bridge._STEPS)
    for name, safe in SAFE.items():
        found = bridge._safe_target(name)
        assert found == safe.target, name


def test_python2_names_of_safe_names(bridge: Any) -> None:
    """Each is called what shelflife calls it."""
    python2 = [("__builtin__", name) for name in ("set", "xrange", "unicode", "long", "str", "int")]
    python2 += [("copy_reg", "_reconstructor"), ("datetime", "datetime"), ("decimal", "Decimal")]
    for module, name in python2:
        assert bridge.canonical(module, name, 2) == canonical(module, name, 2)
        assert bridge.canonical(module, name, 4) == canonical(module, name, 4)


def test_opcodes(bridge: Any) -> None:
    """The machine has a handler for each that there is, and for no other."""
    handled = {bytes([n]) for n in range(256) if bridge._HANDLERS[n] is not bridge._unknown}

    assert handled == set(OPCODES) | {b"."}


def test_reasons(bridge: Any) -> None:
    """Every reason in the file is on the closed list."""
    source = FILE.read_text("utf-8")
    told = set(re.findall(r'Unreadable\(\s*"([a-z-]+)"', source))
    told |= set(re.findall(r'Lookup\(False, None, "([a-z-]+)"', source))

    assert told <= {reason.value for reason in Reason}
    assert {"corrupt", "newer-format", "over-budget", "missing-name", "absent"} <= told


@pytest.mark.parametrize("name", ["app.models.Article", "app.models.*", "app.*"])
def test_allow_lists_allow_the_same(bridge: Any, name: str) -> None:
    """Exact names and modules."""
    ours, theirs = AllowList.default().extended([name]), bridge.AllowList([name])
    for module, attribute in [("app.models", "Article"), ("app.models.old", "X"), ("apps", "Y")]:
        full = f"{module}.{attribute}"
        permitted = full in theirs.exact or theirs.permits_module(module)
        assert permitted is ours.permits(module, attribute)


def test_the_file_is_readable_for_unsupported_pythons() -> None:
    """Nothing in it is unknown to the grammar of 2.6 and 3.3, so that its refusal can be told."""
    too_new: list[type[ast.AST]] = [
        ast.Set,
        ast.SetComp,
        ast.DictComp,
        ast.JoinedStr,
        ast.AnnAssign,
    ]
    too_new += [ast.AsyncFunctionDef, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.MatMult]
    tree = ast.parse(FILE.read_text("utf-8"), feature_version=(3, 7))
    for node in ast.walk(tree):
        assert not isinstance(node, tuple(too_new)), ast.dump(node)
        if isinstance(node, ast.Call):
            starred = [isinstance(arg, ast.Starred) for arg in node.args]
            assert True not in starred[:-1], node.lineno
        if isinstance(node, (ast.List, ast.Tuple)):
            assert not any(isinstance(item, ast.Starred) for item in node.elts), node.lineno
        if isinstance(node, ast.FunctionDef):
            assert not node.args.kwonlyargs, node.lineno
            assert node.returns is None


def test_versions_agree(bridge: Any) -> None:
    """Of the file, of its distribution, and of shelflife."""
    projects = (ROOT / "pyproject.toml", ROOT / "bridge" / "pyproject.toml")
    versions = {
        re.findall(r'^version = "(.*?)"', project.read_text("utf-8"), re.MULTILINE)[0]
        for project in projects
    }

    assert versions == {bridge.__version__}
