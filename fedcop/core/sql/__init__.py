"""How statements are made, sent and read: the two engines that Tortoise is given, and shorter ways for what it makes most often.

Not for: what the rest of the house uses, which is in `core/database.py` and `core/selects.py`.
"""
