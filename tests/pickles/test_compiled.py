"""What is compiled, and the same files as plain Python, give the same."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shelflife
from conftest import missing
from shelflife.pickles import facts

DATA = Path(__file__).parent.parent / "data"
STORED, PORTABLE = DATA / "stored.jsonl", DATA / "portable-v1.jsonl"
FEWEST = 20
DUMP = '''
import json, sys
COMPILED = sys.argv[2].split(",")
if sys.argv[1] == "plain":
    import importlib.machinery as m
    class Plain(m.PathFinder):
        """Finds the source of the modules where the compiled ones lie beside it."""
        @classmethod
        def find_spec(cls, name, path=None, target=None):
            if name not in COMPILED:
                return None
            file = f"{path[0]}/{name.rpartition('.')[2]}.py"
            return m.ModuleSpec(name, m.SourceFileLoader(name, file), origin=file)
    sys.meta_path.insert(0, Plain)
from shelflife.errors import Unreadable
from shelflife.codecs import Types
from shelflife.codecs.portable import Portable
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Vet, facts, load
from shelflife.pickles.machine import _run
for each in facts, _run, Vet.passes, sys.modules["shelflife.codecs.restoring"].restore:
    print(type(each).__name__)
def shown(value):
    """A value as text; sets in order."""
    if isinstance(value, (set, frozenset)):
        return [type(value).__name__, *sorted(map(shown, value), key=str)]
    if isinstance(value, dict):
        return [type(value).__name__, *((shown(k), shown(v)) for k, v in dict.items(value))]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(shown, value)]
    return type(value).__name__, repr(value)
allow = AllowList.default()
def resolve(module, qualname):
    raise LookupError(module)
portable = Portable(Types())
for line in sys.stdin:
    print(Vet(allow, DEFAULT_BUDGET).passes(bytes.fromhex(line)))
    try:
        print(shown(portable.decode(bytes.fromhex(line))))
    except Unreadable as error:
        print(error.reason, error.detail)
    except RecursionError:
        print("deep")
    try:
        loaded = load(bytes.fromhex(line), allow=allow, resolve=resolve)
    except Unreadable as error:
        print(error.reason, error.detail)
    else:
        try:
            print(shown(loaded.value), loaded.mixed)
        except RecursionError:
            print("deep")
    try:
        found = facts(bytes.fromhex(line))
    except Unreadable as error:
        print(error.reason, error.detail)
        continue
    fields = ("protocol declared end unknown_names eight_bit non_ascii persistent buffers spliced "
              "left_over").split()
    print([getattr(found, name) for name in fields], sorted(found.names), sorted(found.calls),
          sorted(found.extensions))
'''


def blobs() -> list[bytes]:
    """Real pickles, and thousands of damaged ones."""
    entries = [bytes.fromhex(json.loads(line)["hex"]) for line in STORED.read_text().splitlines()]
    portable = [
        bytes.fromhex(json.loads(line)["hex"]) for line in PORTABLE.read_text().splitlines()
    ]
    value: Any = {"text": "ü" * 9, "many": list(range(300)), "set": {1, 2}, "bytes": b"\xff" * 300}
    found = [entry[1:] for entry in entries if entry[:1] == b"!"]
    found += [pickle.dumps(value, protocol) for protocol in range(6)]
    found += portable
    chance = random.Random(20261128)
    for blob in list(found):
        for _ in range(40):
            changed = bytearray(blob)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            found.append(bytes(changed[: chance.randint(1, len(changed) + 20)]))
    return found


def compiled_modules() -> list[str]:
    """The modules that are installed as libraries."""
    package = Path(str(shelflife.__file__)).parent
    libraries = [path for end in ("so", "pyd") for path in package.glob(f"*/*.{end}")]
    return [f"shelflife.{path.parent.name}.{path.name.partition('.')[0]}" for path in libraries]


def dump(how: str, given: str) -> list[str]:
    """Values and facts, by what is installed, or by its source."""
    run = [sys.executable, "-c", DUMP, how, ",".join(compiled_modules())]
    done = subprocess.run(run, input=given, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_compiled_and_plain_agree() -> None:
    """On real pickles and on damaged ones."""
    if not isinstance(facts, type(len)):
        missing("wheel", "the walker is not compiled in this environment")
    given = "\n".join(blob.hex() for blob in blobs())

    compiled, plain = dump("as installed", given), dump("plain", given)
    assert len(compiled_modules()) >= FEWEST
    c_function = "builtin_function_or_method"
    assert compiled[:4] == [c_function, c_function, "method_descriptor", c_function]
    assert plain[:4] == ["function"] * 4
    assert compiled[4:] == plain[4:]
    assert len(compiled) > 3_000


@pytest.mark.parametrize("word", ["corrupt", "["])
def test_the_corpus_holds_both(word: str) -> None:
    """Facts and refusals, or the comparison would say little."""
    lines = dump("plain", "\n".join(blob.hex() for blob in blobs()[:2000]))

    assert sum(line.startswith(word) for line in lines) > 100
