"""What tests of a service that uses shelflife, and shelflife's own, have in common."""

from shelflife.testing.servers import NoServer, PrivateServer, find_server, server_version

__all__ = ["NoServer", "PrivateServer", "find_server", "server_version"]
