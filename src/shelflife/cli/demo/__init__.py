"""`shelflife demo`: an incident of 2019 on real runtimes, without and with shelflife."""
