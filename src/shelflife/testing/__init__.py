"""What tests of a service that uses shelflife, and shelflife's own, have in common."""

from shelflife.testing.clusters import PrivateCluster
from shelflife.testing.examples import Example, Fate
from shelflife.testing.live_operation import LiveOperationContract
from shelflife.testing.sentinels import PrivateSentinel
from shelflife.testing.servers import NoServer, PrivateServer, find_server, server_version

__all__ = [
    "Example",
    "Fate",
    "LiveOperationContract",
    "NoServer",
    "PrivateCluster",
    "PrivateSentinel",
    "PrivateServer",
    "find_server",
    "server_version",
]
