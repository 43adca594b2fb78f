"""`shelflife floor`: the floor of a fleet, seen and moved."""
