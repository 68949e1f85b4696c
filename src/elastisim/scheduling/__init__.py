"""The scheduling interface: policies, the built-in ones, and the bridges to algorithms written for the original.

The names of this module are imported when they are used first: a run with a script needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elastisim.scheduling.estimates import Estimates
    from elastisim.scheduling.policies.registry import make_policy
    from elastisim.scheduling.policy import Policy
    from elastisim.scheduling.pool import NodePool
    from elastisim.scheduling.sizes import preferred_size
    from elastisim.scheduling.system import System
    from elastisim.scheduling.views import JobView

__all__ = ["Estimates", "JobView", "NodePool", "Policy", "System", "make_policy", "preferred_size"]

_HOMES = {
    "Estimates": "elastisim.scheduling.estimates",
    "JobView": "elastisim.scheduling.views",
    "NodePool": "elastisim.scheduling.pool",
    "Policy": "elastisim.scheduling.policy",
    "System": "elastisim.scheduling.system",
    "make_policy": "elastisim.scheduling.policies.registry",
    "preferred_size": "elastisim.scheduling.sizes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
