"""The version of the package, for everybody who records or shows it."""

from __future__ import annotations

from importlib.util import find_spec

__version__ = "0.1.0"


def build() -> str:
    """Return ``compiled`` if the inner loops of the simulator are extension modules, else ``interpreted``."""
    spec = find_spec("elastisim.kernel.fast")
    is_source = spec is None or (spec.origin or "").endswith(".py")
    return "interpreted" if is_source else "compiled"
