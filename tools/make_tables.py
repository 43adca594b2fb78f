"""Make the tables of declared runtimes: which standard-library names each Python resolves.

    tools/make_tables.py --python ~/.pyenv/versions/*/bin/python --pyodide FOLDER

Each interpreter is asked for the names of all modules of its standard library; a CPython 3.14 is to
be had as `npm install pyodide@314.0.7` in FOLDER, and needs `node`. The same interpreters give the
same bytes.

Rules:
1. A name of 3.13 that the WebAssembly build of 3.14 lacks is unknown there, and not missing,
   unless the whole module is gone from 3.14's own list of modules.
2. A module that no interpreter could import is unknown everywhere.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "src" / "shelflife" / "runtimes" / "program"
TABLES = ROOT / "src" / "shelflife" / "runtimes" / "tables.json.gz"
NODE = """
const { loadPyodide } = require(process.argv[1] + "/node_modules/pyodide");
loadPyodide().then((py) => {
  process.stdout.write(py.runPython(require("fs").readFileSync(0, "utf-8")));
});
"""


def ask(command: list[str], question: str) -> dict[str, Any]:
    """Ask an interpreter, or pyodide, for the value of an expression."""
    parts = [PROGRAM / "start.py.txt", PROGRAM / "names.py.txt"]
    parts.append(Path(__file__).with_name("list_names.py.txt"))
    program = "\n\n".join(part.read_text("ascii") for part in parts)
    if command[0] == "node":
        program += f"\njson.dumps({question})\n"
    else:
        program += f"\nsilence()\nos.write(OUT, json.dumps({question}).encode('ascii'))\n"
    done = subprocess.run(command, input=program.encode(), stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ask_all(commands: list[list[str]]) -> list[dict[str, Any]]:
    """Ask each for its names, and then for those that only the others list."""
    answers = [{**ask(command, "list_all()"), "command": command} for command in commands]
    everywhere: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        for name, module in answer["modules"].items():
            everywhere[name].update(module.get("names", ()))
    for answer in answers:
        modules = answer["modules"]
        wanted = {
            name: sorted(
                part for part in everywhere[name] - set(module["names"]) if "." not in part
            )
            for name, module in modules.items()
            if module.get("lazy")
        }
        for name, found in ask(answer["command"], f"probe({wanted!r})").items():
            modules[name]["names"].extend(found)
    return sorted(answers, key=lambda answer: order(answer["version"]))


def order(version: str) -> tuple[int, ...]:
    """Give what versions are ordered by."""
    return tuple(int(part) for part in version.split("."))


def add_names(table: dict[str, Any], version: int, module: dict[str, Any]) -> None:
    """Enter a module's names and what calls of them take."""
    table["mask"] |= 1 << version
    for name in module["names"]:
        table["names"][name] |= 1 << version
    for name, shape in module["shapes"].items():
        table["shapes"][name][tuple(shape)] |= 1 << version


def mark_unknown(tables: dict[str, Any], newest: dict[str, Any], versions: list[str]) -> None:
    """Mark what a build for WebAssembly lacks, though the version before had it."""
    last = len(versions) - 1
    bit, before, unknown = 1 << last, 1 << (last - 1), 1 << len(versions)
    tops = set(newest["tops"])
    for name, table in tables.items():
        if name.partition(".")[0] not in tops:
            continue
        if table["mask"] & before and not table["mask"] & bit:
            table["mask"] |= unknown
        for part in table["names"]:
            below = part in newest["modules"].get(name, {}).get("below", ())
            if below and table["mask"] & before and not table["names"][part] & before:
                table["names"][part] &= ~bit  # there only because all was imported in one process
            if table["names"][part] & before and not table["names"][part] & bit:
                table["names"][part] |= unknown


def merge(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Give one table of all interpreters, the last of them the one for WebAssembly if it is."""
    versions = [answer["version"] for answer in answers]
    tables: dict[str, Any] = defaultdict(
        lambda: {
            "mask": 0,
            "listed": 0,
            "names": defaultdict(int),
            "shapes": defaultdict(lambda: defaultdict(int)),
        }
    )
    for version, answer in enumerate(answers):
        for name, module in answer["modules"].items():
            tables[name]["listed"] |= 1 << version
            if "error" not in module:
                add_names(tables[name], version, module)
    if answers[-1]["command"][0] == "node":
        mark_unknown(tables, answers[-1], versions)
    return {
        "versions": versions,
        "protocols": [answer["protocols"] for answer in answers],
        "compat": compat(answers),
        "modules": {name: packed(table) for name, table in sorted(tables.items())},
    }


def packed(table: dict[str, Any]) -> list[Any]:
    """Give a module's table in its compact form: names by the versions that have them."""
    by_mask: dict[int, list[str]] = defaultdict(list)
    for name, mask in sorted(table["names"].items()):
        by_mask[mask].append(name)
    shapes: dict[str, list[int]] = {}
    for name, found in sorted(table["shapes"].items()):
        shapes[name] = [part for shape, mask in sorted(found.items()) for part in (mask, *shape)]
    names = {str(mask): " ".join(found) for mask, found in sorted(by_mask.items())}
    return [table["mask"], table["listed"], names, shapes]


def compat(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the renaming of Python 2's names, and the versions that do it otherwise."""
    newest = answers[-1]["compat"]
    other = {
        answer["version"]: answer["compat"]
        for answer in answers
        if answer["compat"] and answer["compat"] != newest
    }
    return {"newest": newest, "other": other}


def main() -> None:
    """Ask all, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", nargs="+", required=True, help="interpreters to ask")
    parser.add_argument("--pyodide", help="where pyodide is installed")
    parser.add_argument("--output", type=Path, default=TABLES)
    options = parser.parse_args()
    commands = [[python, "-s", "-E", "-"] for python in options.python]
    if options.pyodide:
        commands.append(["node", "-e", NODE, options.pyodide])
    answers = ask_all(commands)
    text = json.dumps(merge(answers), separators=(",", ":"), sort_keys=True)
    options.output.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{options.output}: {options.output.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
