"""Malformed everything into the parsers and the endpoints: `python -m tests.bench.fuzz`, see `__main__.py`."""
