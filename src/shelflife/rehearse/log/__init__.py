"""The log whose requests a rehearsal sends, and what is derived from them."""

from shelflife.rehearse.log.guessing import guess_format
from shelflife.rehearse.log.injection import inject, where_possible
from shelflife.rehearse.log.reading import Reading, read_log

__all__ = ["Reading", "guess_format", "inject", "read_log", "where_possible"]
