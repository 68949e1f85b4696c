"""Platforms put together in Python: the same rules as for files, without lines."""

from __future__ import annotations

import pytest

from elastisim.errors import InputError
from elastisim.platform import ProfileKind
from elastisim.platform.declared import FullZone
from elastisim.platform.draft import Draft
from elastisim.platform.profile import Schedule


def test_a_platform_in_a_few_calls():
    draft = Draft()
    zone = draft.add_zone(FullZone, "z")
    a, b = zone.add_host("a", (1e9,), cores=2, properties={"k": "v"}), zone.add_host("b", (2e9,))
    cable = zone.add_cable("l", 1e8, 1e-6)
    zone.add_route(a, b, [cable.up])
    draft.add_disk(b, "d", 1e9, 2e9, {})
    draft.add_profile(ProfileKind.SPEED, a, Schedule(((0.0, 0.5),)))

    found = draft.finish()

    assert [(host.name, host.cores, host.availability) for host in found.hosts] == [("a", 2, 0.5), ("b", 1, 1.0)]
    assert found.route(b, a).links == (cable.up,)
    assert repr(found) == "<Platform z: 2 hosts, 3 links>"
    assert [repr(item) for item in (a, cable.up, b.disks[0], found.route(a, b))] == [
        "<Host a>",
        "<Link l_UP>",
        "<Disk d>",
        "<Route l_UP, 1e-06 s>",
    ]


def test_an_empty_draft_is_no_platform():
    with pytest.raises(InputError, match=r"^the platform has no zone and no cluster$"):
        Draft().finish()


def test_profiles_belong_to_what_they_change():
    draft = Draft()
    zone = draft.add_zone(FullZone, "z")
    host, link = zone.add_host("a", (1.0,)), zone.add_link("l", 1.0, 0.0)

    with pytest.raises(InputError, match="a profile of kind SPEED belongs to a host"):
        draft.add_profile(ProfileKind.SPEED, link, Schedule(()))
    with pytest.raises(InputError, match="a profile of kind LATENCY belongs to a link"):
        draft.add_profile(ProfileKind.LATENCY, host, Schedule(()))


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_amounts_are_finite_and_not_negative(value):
    zone = Draft().add_zone(FullZone, "z")

    with pytest.raises(InputError, match="'a' has the speed"):
        zone.add_host("a", (1.0, value))
    with pytest.raises(InputError, match="'l' has the bandwidth"):
        zone.add_link("l", value, 0.0)
    with pytest.raises(InputError, match="'l' has the latency"):
        zone.add_link("l", 1.0, value)
