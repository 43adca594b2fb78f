"""Changing a live cache, with a way back: convert, purge, undo."""
