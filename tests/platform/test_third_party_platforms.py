"""Platform files of public projects: each is read, or refused for a reason that is no accident."""

from __future__ import annotations

import pytest
from describing import SHARED

from elastisim.errors import InputError
from elastisim.platform import Machine, read_platform

REFUSED = {
    "bs-graphene": "network/model cannot be chosen",
    "sg-config": "network/model cannot be chosen",
    "sg-cloud": "cannot lie in the Vivaldi zone",
    "sg-data_center": "cannot lie in the Vivaldi zone",
    "sg-wifi": "WiFi zones do not exist",
    "sg-wifi_energy": "WiFi zones do not exist",
    "sg-wifi_large_cell": "WiFi zones do not exist",
}
FILES = sorted((SHARED / "data").glob("*-platforms/*/platform.xml"))
needs_data = pytest.mark.skipif(not FILES, reason="the folder of third-party data is not there")
CASES = [pytest.param(file, id=file.parent.name) for file in FILES] or [pytest.param(None, id="none")]


def connected_or_said_not_to_be(found, source, destination):
    """Some of these files leave zones unconnected."""
    try:
        return set(found.route(source, destination).links) <= set(found.links)
    except InputError as error:
        return "there is no route from" in str(error)


@needs_data
@pytest.mark.parametrize("file", CASES)
def test_platform_of_others(file):
    reason = REFUSED.get(file.parent.name)
    if reason is not None:
        with pytest.raises(InputError, match=rf"line \d+: .*{reason}"):
            read_platform(file)
        return

    found = read_platform(file)

    assert found.hosts
    for source in found.hosts[:5]:
        assert connected_or_said_not_to_be(found, source, found.hosts[-1])


@needs_data
def test_the_machine_of_the_example_project():
    machine = Machine(read_platform(SHARED / "data/elastisim-example/crossbar.xml"))

    assert len(machine.compute_nodes) == 128
    assert [host.name for host in machine.pfs_hosts] == ["PFS"]
    assert machine.batch_host.name == "Batch_system"
