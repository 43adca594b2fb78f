"""Tools on a live cache. They look first, and say what they did to it."""
