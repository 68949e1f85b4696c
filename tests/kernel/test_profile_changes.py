"""Changes of resources over time (spec F8.3)."""

from __future__ import annotations

import math

import pytest

from elastisim.kernel.profile import Change, Profiles
from elastisim.kernel.resource import Channel, Cpu
from elastisim.platform.profile import ProfileKind


def test_changes_apply_in_the_order_of_their_dates() -> None:
    """All changes up to a date are applied, one entry for each, and the next date is that of the next change."""
    wire = Channel("wire", 10.0, 0.0)
    cpu = Cpu("host", 2.0, 3)
    profiles = Profiles(
        [
            Change(wire, ProfileKind.BANDWIDTH, [(1.0, 5.0), (2.0, 7.0), (9.0, 1.0)]),
            Change(cpu, ProfileKind.SPEED, [(2.0, 0.5)]),
        ]
    )
    assert profiles.next_date == 1.0
    taken = profiles.take(2.0)

    assert [change.resource for change in taken] == [wire, wire, cpu]
    assert (wire.capacity, cpu.capacity, cpu.core_speed) == (7.0, 3.0, 1.0)
    assert profiles.next_date == 9.0
    assert profiles
    profiles.take(9.0)
    assert not profiles
    assert profiles.next_date == math.inf


def test_changes_at_the_beginning_hold_from_the_beginning() -> None:
    """Changes of date 0 are applied before anything happens; profiles without events change nothing."""
    wire = Channel("wire", 10.0, 0.25)
    profiles = Profiles([Change(wire, ProfileKind.LATENCY, [(0.0, 0.5)]), Change(wire, ProfileKind.BANDWIDTH, [])])

    assert wire.latency == 0.5
    assert wire.capacity == 10.0
    assert not profiles


def test_only_hosts_are_always_felt() -> None:
    """A change of a host cuts the step even if nobody uses it, a change of a link does not."""
    assert Change(Cpu("host", 1.0, 1), ProfileKind.SPEED, []).is_always_felt
    assert not Change(Channel("wire", 1.0, 0.0), ProfileKind.BANDWIDTH, []).is_always_felt


def test_kinds_fit_resources() -> None:
    """A host has no bandwidth."""
    change = Change(Cpu("host", 1.0, 1), ProfileKind.BANDWIDTH, [(0.0, 1.0)])
    with pytest.raises(ValueError, match="host"):
        Profiles([change])
