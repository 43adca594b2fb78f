"""`shelflife rehearse`: upgrade and rollback on one real cache, before they are real."""
