"""Which tests mock the cache client, found out while they run: nothing of their text is read."""

from shelflife.pytest_plugin.mocks.reporting import MockedCaches, add_options

__all__ = ["MockedCaches", "add_options"]
