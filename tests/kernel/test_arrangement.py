"""Arrangements: passages, meetings and joint activities of the steps of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from elastisim.kernel.arrangement import (
    Awaiting,
    BufferAccess,
    Closing,
    Computation,
    Joint,
    NotArrangedError,
    Opening,
    Passage,
    Rest,
    arrange,
    can_be_arranged,
)
from elastisim.kernel.program import (
    Communication,
    Compute,
    ComputeOnGpus,
    Idle,
    Load,
    Once,
    Program,
    Repeat,
    Sequence,
    TransferBurstBuffer,
    TransferPfs,
)
from elastisim.patterns import MatrixPattern, VectorPattern

if TYPE_CHECKING:
    from elastisim.kernel.program import Step

LOAD = Load(VectorPattern.UNIFORM, 8.0)
RING = Communication(MatrixPattern.RING, 8.0)


def idle(iterations: int = 1, *, synchronized: bool = False) -> Idle:
    return Idle("$", "idle", iterations, synchronized, LOAD)


def compute(*, sends: bool = False, computes: bool = True, coupled: bool = False, iterations: int = 1) -> Compute:
    return Compute("$", "c", iterations, False, LOAD if computes else None, RING if sends else None, coupled)


def write(*, asynchronous: bool = False) -> TransferPfs:
    return TransferPfs("$", "w", 1, False, LOAD, True, asynchronous)


def access(iterations: int = 1, *, asynchronous: bool = False) -> TransferBurstBuffer:
    return TransferBurstBuffer("$", "b", iterations, False, LOAD, True, asynchronous)


def sequence(*steps: Step, iterations: int = 1) -> Sequence:
    return Sequence("$", "s", iterations, False, steps)


def program(*phases: Repeat, **once: Any) -> Program:
    return Program(phases, **once)


def phase(*steps: Step, iterations: int = 2, barrier: bool = True, has_point: bool = False) -> Repeat:
    return Repeat(iterations, barrier, has_point, None, steps)


def told(parts: list[Any]) -> str:
    """Return parts as text: J for joint activities, | for meetings, and the legs of passages in lower case."""
    letters = {BufferAccess: "b", Rest: "r", Computation: "c", Awaiting: "a", Opening: "(", Closing: ")"}
    text = ""
    for part in parts:
        if isinstance(part, Passage):
            text += "".join(
                letters.get(type(leg), "t") * 1 + (str(leg.times) if leg.times != 1 else "") for leg in part.legs
            )
        else:
            text += "J" if isinstance(part, Joint) else "|"
    return text


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        pytest.param([idle(3), compute(), write()], "r3ct", id="on their own"),
        pytest.param([compute(), idle(2, synchronized=True)], "c|r|r", id="synchronized"),
        pytest.param([compute(sends=True, coupled=True), idle()], "|J|r", id="coupled"),
        pytest.param([compute(sends=True, computes=False, iterations=2)], "|J||J|", id="communication"),
        pytest.param([idle(), compute(sends=True)], "rc|J|a", id="computing meanwhile"),
        pytest.param([sequence(idle(), compute(), iterations=2), idle()], "rcrcr", id="sequence"),
        pytest.param([access(), compute()], "bc", id="burst buffer"),
        pytest.param([write(asynchronous=True), access(2, asynchronous=True), idle()], "tb2ra3", id="asynchronous"),
        pytest.param(
            [write(asynchronous=True), sequence(access(asynchronous=True), idle()), idle()], "tbrara", id="waits inside"
        ),
        pytest.param([idle(0), sequence(idle(), iterations=0)], "", id="nothing"),
    ],
)
def test_parts(steps: list[Step], text: str) -> None:
    assert told(arrange(steps)) == text


def test_steps_are_noted_for_the_log() -> None:
    steps = [idle(2), sequence(compute(sends=True, computes=False))]

    assert told(arrange(steps, logs_tasks=True)) == "(r2)((|J|))"


def test_steps_can_be_repeated_as_a_whole() -> None:
    assert told(arrange([idle(), compute()], 3)) == "rcrcrc"


@pytest.mark.parametrize(
    "step",
    [
        ComputeOnGpus("$", "g", 1, False, 1, LOAD, 0.0, None),
        sequence(idle(), iterations=1001),
        compute(sends=True, iterations=1001),
    ],
    ids=["GPUs", "too many legs", "too many parts"],
)
def test_what_cannot_be_arranged(step: Step) -> None:
    with pytest.raises(NotArrangedError):
        arrange([step])
    assert not can_be_arranged(program(phase(step)))
    assert not can_be_arranged(program(phase(idle()), on_init=Once(1, (step,))))
    assert not can_be_arranged(program(phase(idle()), on_reconfiguration=Once(1, (step,))))


@pytest.mark.parametrize(
    ("phases", "verdict"),
    [
        pytest.param([phase(idle())], True, id="barrier"),
        pytest.param([phase(idle(), barrier=False)], False, id="ranks go on from iteration to iteration"),
        pytest.param([phase(idle(), barrier=False, has_point=True)], True, id="scheduling points"),
        pytest.param([phase(idle(), barrier=False, iterations=1)], True, id="one iteration"),
        pytest.param([phase(idle(), compute(sends=True, computes=False), barrier=False)], True, id="met at the end"),
        pytest.param([phase(idle()), phase(idle(), barrier=False, iterations=1)], False, id="into the next phase"),
        pytest.param([phase(barrier=False)], True, id="nothing to do"),
        pytest.param([phase(idle(), write(asynchronous=True))], True, id="waits for the barrier"),
        pytest.param(
            [phase(write(asynchronous=True), compute(sends=True, computes=False), barrier=False)],
            False,
            id="waits for nothing",
        ),
    ],
)
def test_ranks_have_to_meet_between_iterations(phases: list[Repeat], verdict: bool) -> None:
    assert can_be_arranged(program(*phases)) is verdict
