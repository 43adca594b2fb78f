"""Published source archives of the peers, with their tests; downloaded once, then kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from conftest import missing

SECONDS = 300


def unpacked(name: str, version: str, into: Path) -> Path:
    """Give the folder of a release's source; skip where nothing can be downloaded."""
    with tarfile.open(_archive(name, version)) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(into, filter="data")
        else:
            archive.extractall(into)
    (folder,) = into.iterdir()
    return folder


def _archive(name: str, version: str) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    kept = Path(cache) / "shelflife" / "peers"
    kept.mkdir(parents=True, exist_ok=True)
    if not _found(kept, name, version):
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
            "--disable-pip-version-check", "--ignore-requires-python", "--dest", str(kept),
            f"{name}=={version}",
        ]  # fmt: skip
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if run.returncode and not _found(kept, name, version):
            missing("packages", f"{name} {version} cannot be downloaded: {run.stderr[-300:]}")
    return _found(kept, name, version)[0]


def _found(kept: Path, name: str, version: str) -> list[Path]:
    spellings = {name.lower(), name.lower().replace("-", "_")}
    return [
        path
        for path in kept.glob(f"*-{version}.tar.gz")
        if path.name.rsplit("-", 1)[0] in spellings
    ]
