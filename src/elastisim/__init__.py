"""ElastiSim: a batch-system simulator for rigid, moldable, malleable, evolving and adaptive HPC jobs.

The names of this module are imported when they are used first, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from elastisim.version import __version__

if TYPE_CHECKING:
    from elastisim.api import simulate
    from elastisim.batch.observer import Observer
    from elastisim.configuration import Configuration, read_configuration
    from elastisim.errors import AlgorithmError, ElastiSimError, InputError, MissingExtraError, OutputError, Problem
    from elastisim.results.results import Results
    from elastisim.scenario import Scenario, read_scenario

__all__ = [
    "AlgorithmError",
    "Configuration",
    "ElastiSimError",
    "InputError",
    "MissingExtraError",
    "Observer",
    "OutputError",
    "Problem",
    "Results",
    "Scenario",
    "__version__",
    "read_configuration",
    "read_scenario",
    "simulate",
]

_MODULES = {
    "elastisim.api": ("simulate",),
    "elastisim.batch.observer": ("Observer",),
    "elastisim.configuration": ("Configuration", "read_configuration"),
    "elastisim.errors": (
        "AlgorithmError",
        "ElastiSimError",
        "InputError",
        "MissingExtraError",
        "OutputError",
        "Problem",
    ),
    "elastisim.results.results": ("Results",),
    "elastisim.scenario": ("Scenario", "read_scenario"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
