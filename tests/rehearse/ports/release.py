"""Which release of a port this process is."""

from __future__ import annotations

import os

NEW = os.environ.get("RELEASE") == "new"
