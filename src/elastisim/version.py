"""The version of the package, for everybody who records or shows it."""

__version__ = "0.1.0"
