"""The platform: hosts, links and routes, read from a platform file or described in Python."""

from elastisim.platform.host import Disk, Host, Router
from elastisim.platform.link import Link, LinkPolicy
from elastisim.platform.machine import ComputeNode, Machine, NodeKind
from elastisim.platform.pattern_usage import pattern_usage
from elastisim.platform.platform import Platform, Settings
from elastisim.platform.profile import Profile, ProfileKind
from elastisim.platform.reader import read_platform
from elastisim.platform.route import Route
from elastisim.platform.usage import Usage, pair_usage

__all__ = [
    "ComputeNode",
    "Disk",
    "Host",
    "Link",
    "LinkPolicy",
    "Machine",
    "NodeKind",
    "Platform",
    "Profile",
    "ProfileKind",
    "Route",
    "Router",
    "Settings",
    "Usage",
    "pair_usage",
    "pattern_usage",
    "read_platform",
]
