"""The domain of fedcop: communities of practice that federate; knows no HTTP framework and no templates."""

__version__ = "0.1.0"
