"""Compile what reads entries with mypyc when the package is built, if there is a C compiler.

What is compiled is the package's own source; without a compiler, or with `SHELFLIFE_PURE=1`, the
same files are shipped as they are, and work the same, slower.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WALKER = ("facts", "stack", "tracker", "walker")
VET = ("bounds", "leaves", "moment_states", "plain", "trees")
MACHINE = (
    *("account", "arguments", "builders", "calls", "containers", "machine", "moments", "objects"),
    *("scalars", "state", "weigh"),
)
RESTORING = ("addresses", "moments", "restoring", "scalars")
COMPILED = (
    *(f"shelflife/pickles/{name}.py" for name in WALKER + VET + MACHINE),
    *(f"shelflife/codecs/{name}.py" for name in RESTORING),
)


class CompileReading(BuildHookInterface):
    """Adds the compiled modules to a wheel, or nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the wheel is put together; see hatchling."""
        if self.target_name != "wheel" or version == "editable" or os.environ.get("SHELFLIFE_PURE"):
            return
        self._folder = tempfile.mkdtemp(prefix="shelflife-build-")
        try:
            libraries = _compile(Path(self.root) / "src", Path(self._folder))
        except BaseException as error:  # compilers end in every way, by SystemExit too
            if isinstance(error, KeyboardInterrupt):
                raise
            self.app.display_warning(f"Reading stays plain Python, which is slower: {error}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update(libraries)

    def finalize(self, *_: Any) -> None:
        """Remove what was built on the way."""
        shutil.rmtree(getattr(self, "_folder", ""), ignore_errors=True)


def _compile(source: Path, folder: Path) -> dict[str, str]:
    """Compile a copy of the package and give the libraries with their places in the wheel."""
    from mypyc.build import mypycify  # noqa: PLC0415 - where it is missing nothing is compiled
    from setuptools import Distribution  # noqa: PLC0415

    shutil.copytree(source / "shelflife", folder / "shelflife")
    before = Path.cwd()
    os.chdir(folder)
    try:
        extensions = mypycify(
            ["--follow-imports=silent", "--ignore-missing-imports", *COMPILED],
            opt_level="3",
            debug_level="0",
            group_name="shelflife_compiled",
        )
        distribution = Distribution({"name": "shelflife-compiled", "ext_modules": extensions})
        command = distribution.get_command_obj("build_ext")
        command.build_lib = str(folder / "lib")
        command.build_temp = str(folder / "temp")
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
    built = [path for path in (folder / "lib").rglob("*") if path.suffix in (".so", ".pyd")]
    return {str(path): path.relative_to(folder / "lib").as_posix() for path in built}
