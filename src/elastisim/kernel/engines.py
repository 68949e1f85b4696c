"""The engines by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.exact import ExactFluidModel
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.grouped import GroupedWorkbench
from elastisim.kernel.lockstep import LockstepEngine
from elastisim.kernel.precision import Precision
from elastisim.kernel.prompt import PromptEngine
from elastisim.kernel.site import Site
from elastisim.kernel.workbench import ExactWorkbench

if TYPE_CHECKING:
    from elastisim.kernel.engine import Engine
    from elastisim.kernel.fluid import FluidModel
    from elastisim.platform.machine import Machine


FLUID_MODELS: dict[str, type[FluidModel]] = {"exact": ExactFluidModel, "fast": FastFluidModel}


def fluid_model(name: str, site: Site) -> FluidModel:
    """Return the fluid model of the engine *name*, "exact" or "fast"."""
    settings = site.platform.settings
    precision = Precision(settings.work_precision, settings.timing_precision, settings.tcp_gamma)
    return FLUID_MODELS[name](precision, site.profiles())


def make_engine(name: str, machine: Machine, *, exclusive: bool) -> Engine:
    """Return the engine *name*, "exact" or "fast", for a machine.

    With *exclusive* no node is ever used by two executions at a time.
    """
    site = Site(machine.platform)
    model = fluid_model(name, site)
    if not isinstance(model, FastFluidModel):
        return LockstepEngine(ExactWorkbench(site, model))
    if exclusive:
        return PromptEngine(GroupedWorkbench(site, model, machine))
    from elastisim.kernel.shared import SharedWorkbench
    from elastisim.kernel.shared_engine import SharedEngine

    return SharedEngine(SharedWorkbench(site, model, machine))
