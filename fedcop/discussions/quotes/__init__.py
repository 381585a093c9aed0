"""Quotes: a post may show another one, as far as its author agrees and its reader may read it (decisions/0027-quotes.md)."""
