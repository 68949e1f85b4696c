"""Usages of communication patterns: worked out once for nodes that are alike, and the same as for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.scenes import PLATFORM
from elastisim.kernel.engines import make_engine
from elastisim.kernel.grouped import GroupedWorkbench
from elastisim.patterns import MatrixPattern
from elastisim.platform import read_platform
from elastisim.platform.machine import Machine
from elastisim.platform.pattern_usage import pattern_usage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("policy", ["SHARED", "SPLITDUPLEX"])
@pytest.mark.parametrize("pattern", [MatrixPattern.ALL_TO_ALL, MatrixPattern.RING, MatrixPattern.GATHER])
def test_usages_are_those_of_the_nodes(pattern: MatrixPattern, policy: str, tmp_path: Path) -> None:
    file = tmp_path / "platform.xml"
    text = PLATFORM.format(last=7, properties="")
    file.write_text(
        text.replace(
            'lat="0us">',
            f'lat="1us" sharing_policy="{policy}" bb_bw="2GBps" bb_lat="0us" loopback_bw="9GBps" loopback_lat="0us">',
        )
    )
    platform = read_platform(file)
    machine = Machine(platform)
    bench = make_engine("fast", machine, exclusive=True).bench
    assert isinstance(bench, GroupedWorkbench)

    for chosen in ((0, 1, 2), (5, 3, 7), (1, 2, 4, 6), (7, 6, 5, 4)):
        nodes = [machine.compute_nodes[number] for number in chosen]
        own = pattern_usage(platform, pattern, [node.host for node in nodes])
        assert bench._folded_usage(pattern, nodes) == bench._fold(own, nodes, is_joint=True)
    assert len(bench._examples) == 2
