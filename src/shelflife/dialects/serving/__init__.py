"""Reading and writing entries of other libraries while serving: one file for each library.

Rules of all of them:
1. An entry of the library gives the value that its own reader gives. Whatever else lies there
   raises `Unreadable`, and nothing else.
2. What is written at a floor is what the library's oldest reader at that floor reads as the very
   same value. What it would read as another one is refused.
"""
