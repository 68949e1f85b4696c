"""The machine of a scenario that we write: a cluster around one switch."""

from __future__ import annotations

from dataclasses import dataclass

from elastisim.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The machine of a scenario: equal nodes around one switch, and a parallel file system.

    ``node_speed`` is in flop/s, ``bandwidth`` (of a node's link, each way) and those of the file system in bytes/s,
    ``latency`` in seconds.
    """

    nodes: int
    node_speed: float = 1e11
    bandwidth: float = 12.5e9
    latency: float = 1e-6
    pfs_read_bandwidth: float = 100e9
    pfs_write_bandwidth: float = 80e9

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise InputError.at("", "", f"the machine has {self.nodes} nodes, expected at least 1")

    def xml(self) -> str:
        """Return the platform file; names of nodes have equal lengths, so that they sort by number."""
        first = 10 ** len(str(self.nodes - 1))
        radical = f"{first}-{first + self.nodes - 1}"
        link = f'bw="{_digits(self.bandwidth)}Bps" lat="{_digits(self.latency * 1e9)}ns"'
        return f"""\
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="Machine" routing="Full">
    <zone id="Batch_zone" routing="Full">
      <host id="Batch_system" speed="1Gf">
        <prop id="batch_system" value="true"/>
      </host>
    </zone>
    <cluster id="Cluster" prefix="node" radical="{radical}" suffix="" speed="{_digits(self.node_speed)}f" {link}/>
    <zone id="PFS_zone" routing="Full">
      <host id="PFS" speed="1Gf">
        <prop id="pfs_host" value="true"/>
      </host>
    </zone>
    <link id="PFS_read" bandwidth="{_digits(self.pfs_read_bandwidth)}Bps" latency="0s"/>
    <link id="PFS_write" bandwidth="{_digits(self.pfs_write_bandwidth)}Bps" latency="0s"/>
    <zoneRoute src="PFS_zone" dst="Cluster" gw_src="PFS" gw_dst="nodeCluster_router" symmetrical="NO">
      <link_ctn id="PFS_read"/>
    </zoneRoute>
    <zoneRoute src="Cluster" dst="PFS_zone" gw_src="nodeCluster_router" gw_dst="PFS" symmetrical="NO">
      <link_ctn id="PFS_write"/>
    </zoneRoute>
  </zone>
</platform>
"""


def _digits(value: float) -> str:
    """Return a number without exponent where that is short."""
    return str(int(value)) if float(value).is_integer() and value < 1e18 else repr(value)
