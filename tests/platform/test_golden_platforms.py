"""Platforms and routes as the reference has them; the comparison itself is tested by damaging what was recorded."""

from __future__ import annotations

import copy
import json
import sys

import pytest
from describing import GOLDEN, ROOT

from elastisim.platform import read_platform

sys.path.insert(0, str(ROOT / "tools"))

from conformance import platform as conformance

RECORDED = json.loads((GOLDEN / "routes/four-topologies/routes.json").read_text())


@pytest.mark.parametrize("case", sorted(path.name for path in (GOLDEN / "routes").iterdir()))
def test_recorded_routes(case):
    assert dict(conformance.routes(GOLDEN / "routes", only=case)) == {case: None}


def test_recorded_files():
    verdicts = conformance.xml(GOLDEN / "xml")

    assert len(verdicts) == 148
    assert [verdict for verdict in verdicts if verdict[1] is not None] == []


DAMAGES = {
    "host": lambda recorded: recorded["hosts"][3].update(speed=1),
    "order of hosts": lambda recorded: recorded["hosts"].reverse(),
    "link": lambda recorded: recorded["links"][7].update(latency=2),
    "missing link": lambda recorded: recorded["links"].pop(),
    "routers": lambda recorded: recorded["routers"].append("r"),
    "zones": lambda recorded: recorded["zones"].pop(),
    "order of a route": lambda recorded: max(recorded["routes"], key=lambda route: len(route["links"]))[
        "links"
    ].reverse(),
    "latency": lambda recorded: recorded["routes"][1].update(latency=recorded["routes"][1]["latency"] * (1 + 1e-11)),
    "no route": lambda recorded: recorded["routes"][5].update(error=True),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_difference_is_found(damage):
    found = read_platform(GOLDEN / "routes/four-topologies/platform.xml")
    recorded = copy.deepcopy(RECORDED)
    assert list(conformance.differences(found, recorded)) == []

    damage(recorded)

    assert list(conformance.differences(found, recorded)) != []
