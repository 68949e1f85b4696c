"""The scheduling interface: policies, the built-in ones, and the bridges to algorithms written for the original."""

from __future__ import annotations

from elastisim.scheduling.estimates import Estimates
from elastisim.scheduling.policies.registry import make_policy
from elastisim.scheduling.policy import Policy
from elastisim.scheduling.pool import NodePool
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView

__all__ = ["Estimates", "JobView", "NodePool", "Policy", "System", "make_policy", "preferred_size"]
