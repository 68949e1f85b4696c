"""Communication among GPUs, split into traffic inside nodes and between nodes (spec R3.22, R3.23)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.batch.program import busiest_pair, gpu_totals
from elastisim.patterns import MatrixPattern

AMONG_GPUS = (
    MatrixPattern.ALL_TO_ALL,
    MatrixPattern.RING,
    MatrixPattern.RING_CLOCKWISE,
    MatrixPattern.RING_COUNTER_CLOCKWISE,
)


@given(pattern=st.sampled_from(AMONG_GPUS), nodes=st.integers(1, 6), gpus=st.integers(2, 6))
@settings(max_examples=80, deadline=None)
def test_totals_are_those_of_the_pairs_of_gpus(pattern: MatrixPattern, nodes: int, gpus: int) -> None:
    """The pattern over all GPUs, node by node in a row, says how many bytes stay inside nodes and how many do not."""
    inside = between = 0.0
    for sender, receiver, amount in pattern.entries(12e9, nodes * gpus):
        if sender // gpus == receiver // gpus:
            inside += amount
        else:
            between += amount

    assert gpu_totals(pattern, 12e9, nodes, gpus) == pytest.approx((inside / nodes, between), rel=1e-9)


@pytest.mark.parametrize("pattern", [pattern for pattern in MatrixPattern if pattern is not MatrixPattern.MATRIX])
def test_one_gpu_per_node_has_nobody_to_talk_to_inside(pattern: MatrixPattern) -> None:
    """With a GPU per node all bytes go between nodes."""
    assert gpu_totals(pattern, 12e9, 3, 1) == (0.0, 12e9)
    assert busiest_pair(pattern, 12e9, 1) == 0.0


@pytest.mark.parametrize(
    ("pattern", "gpus", "expected"),
    [
        (MatrixPattern.ALL_TO_ALL, 2, 12.0),
        (MatrixPattern.ALL_TO_ALL, 3, 4.0),
        (MatrixPattern.RING, 2, 12.0),
        (MatrixPattern.RING, 3, 4.0),
        (MatrixPattern.RING_CLOCKWISE, 2, 12.0),
        (MatrixPattern.RING_CLOCKWISE, 4, 3.0),
        (MatrixPattern.RING_COUNTER_CLOCKWISE, 4, 3.0),
    ],
)
def test_busiest_pair_counts_both_directions(pattern: MatrixPattern, gpus: int, expected: float) -> None:
    """A pair of GPUs shares one link for both directions."""
    assert busiest_pair(pattern, 12.0, gpus) == pytest.approx(expected)
