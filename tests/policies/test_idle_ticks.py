"""Policies that depend on state only decide the same whether they are called in idle ticks or not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import malleable, moldable, play, rigid

from elastisim.scheduling import make_policy
from elastisim.scheduling.policies.registry import available, policy_class

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = 8
STATE_DRIVEN = [
    name
    for name in available()
    if policy_class(name).__module__.startswith("elastisim.") and make_policy(name).state_driven
]


@st.composite
def jobs(draw: Callable[..., Any]) -> list[dict[str, Any]]:
    """Jobs whose submissions and works are irrational, so that they do not coincide with ticks."""
    found = []
    for index in range(draw(st.integers(1, 12))):
        submission = draw(st.integers(0, 400)) / 8 + math.sqrt(index + 2) / 100
        low, high = sorted(draw(st.tuples(st.integers(1, NODES), st.integers(1, NODES))))
        runtime = draw(st.integers(1, 400)) / 8 * (1 + math.pi / 1e4)
        match draw(st.sampled_from(("rigid", "moldable", "malleable"))):
            case "rigid":
                # With a walltime some jobs are killed, also at ticks: those of jobs that start at one.
                found.append(rigid(submission, low, runtime, walltime=draw(st.sampled_from((0, 20)))))
            case "moldable":
                found.append(moldable(submission, low, high, runtime * low))
            case _:
                found.append(malleable(submission, low, high, runtime * low, points=draw(st.integers(1, 6))))
    return found


@pytest.mark.parametrize("rules", [{}, {"min_scheduling_interval": 3.0}, {"min_scheduling_interval": 1.0}], ids=str)
@pytest.mark.parametrize("name", STATE_DRIVEN)
@settings(max_examples=6, deadline=None)
@given(drawn=jobs())
def test_skipping_idle_ticks_changes_nothing(name: str, rules: dict[str, Any], drawn: list[dict[str, Any]]) -> None:
    skipping = play(name, drawn, NODES, scheduling_interval=1.0, **rules)
    patient = make_policy(name)
    patient.state_driven = False
    calling = play(patient, drawn, NODES, scheduling_interval=1.0, **rules)

    assert skipping.starts == calling.starts
    assert skipping.ends == calling.ends
    assert skipping.sizes == calling.sizes
    assert skipping.invocations <= calling.invocations
