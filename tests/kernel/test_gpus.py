"""Work queues of GPUs (spec R6.7 to R6.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from elastisim.kernel.actors import Wait
from elastisim.kernel.exact import ExactFluidModel
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.gpu import GpuSet
from elastisim.kernel.rank import Perform, Start

from .flows import make_model

if TYPE_CHECKING:
    from elastisim.kernel.actors import Behaviour
    from elastisim.kernel.fluid import FluidModel

both = pytest.mark.parametrize("kind", [ExactFluidModel, FastFluidModel])


def finish(model: FluidModel) -> None:
    while True:
        model.stage.play()
        if not model.advance():
            return


@both
def test_work_on_one_unit_queues(kind: type[FluidModel]) -> None:
    """A unit works on one thing at a time, first come first served."""
    model = make_model(kind)
    unit = GpuSet(model, 1).units[0]
    ends: dict[str, float] = {}

    def behave(name: str, duration: float) -> Behaviour:
        yield Wait((yield Start(lambda: unit.submit(duration))))
        ends[name] = model.now

    for name, duration in (("a", 2.0), ("b", 1.0), ("c", 4.0)):
        model.stage.enter(behave(name, duration))
    finish(model)

    assert ends == {"a": 2.0, "b": 3.0, "c": 7.0}


@both
def test_free_units_are_chosen_first_but_look_free_while_work_arrives(kind: type[FluidModel]) -> None:
    """Work that is chosen in one round sees the same free units; a round later others are chosen (R6.7)."""
    model = make_model(kind)
    gpus = GpuSet(model, 3)
    first, *_ = gpus.choose(1)
    assert gpus.choose(2) == gpus.units[:2]
    first.submit(1.0)
    assert gpus.choose(1) == [first]
    model.stage.play()

    assert first is gpus.units[0]
    assert gpus.choose(3) == [gpus.units[1], gpus.units[2], gpus.units[0]]
    assert [unit.is_allocated for unit in gpus.units] == [True, False, False]
    finish(model)
    assert not any(unit.is_allocated for unit in gpus.units)


@both
def test_a_unit_looks_free_while_queued_work_runs(kind: type[FluidModel]) -> None:
    """When work ends the unit counts as free even if the next work starts right away (R6.8)."""
    model = make_model(kind)
    gpus = GpuSet(model, 1)
    seen: list[tuple[float, bool]] = []

    def watch() -> Behaviour:
        for _ in range(3):
            yield Perform(lambda: model.sleep(1.0))
            seen.append((model.now, gpus.units[0].is_allocated))

    gpus.units[0].submit(1.5)
    gpus.units[0].submit(1.0)
    model.stage.enter(watch())
    finish(model)

    assert seen == [(1.0, True), (2.0, False), (3.0, False)]
    assert model.now == 3.0


@both
def test_cancelled_work_makes_room(kind: type[FluidModel]) -> None:
    """Running work that is cancelled is followed by the next at once; queued work just leaves the queue."""
    model = make_model(kind)
    unit = GpuSet(model, 1).units[0]
    running, queued, last = unit.submit(10.0), unit.submit(10.0), unit.submit(2.0)
    ends: list[float] = []

    def kill() -> Behaviour:
        yield Perform(lambda: model.sleep(1.0))
        unit.cancel(queued)
        unit.cancel(running)
        assert not unit.is_allocated
        yield Wait(last)
        ends.append(model.now)

    model.stage.enter(kill())
    finish(model)

    assert ends == [3.0]
    assert model.now == 3.0


@both
def test_work_cancelled_on_its_way_never_arrives(kind: type[FluidModel]) -> None:
    """Work that is cancelled in the round in which it was sent does not occupy the unit."""
    model = make_model(kind)
    unit = GpuSet(model, 1).units[0]
    unit.cancel(unit.submit(5.0))
    finish(model)

    assert model.now == 0.0
    assert not unit.is_allocated
