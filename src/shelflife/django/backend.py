"""`ShelflifeCache`: what `BACKEND` names.

Rules:
1. Keys are Django's, `KEY_PREFIX:VERSION:key`, so that what other backends wrote is found.
2. Everything costly is made once in a process and alias: Django makes a backend for each thread
   and, under ASGI, for each request.
"""

from __future__ import annotations

from shelflife.django.asynchronous_extras import AsyncExtras
from shelflife.django.extras import Extras


class ShelflifeCache(Extras, AsyncExtras):
    """Django's cache, every read of which is a hit, or a miss that says why."""
