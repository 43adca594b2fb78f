"""`shelflife gate`: may the next step of a deploy be taken?"""
