"""What communication patterns ask of the network, for a total of one byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.patterns import MatrixPattern
from elastisim.platform.exchange import exchange
from elastisim.platform.link import LinkPolicy
from elastisim.platform.route import NoRouteError
from elastisim.platform.usage import Usage, pair_usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.host import Host
    from elastisim.platform.platform import Platform


def pattern_usage(platform: Platform, pattern: MatrixPattern, hosts: Sequence[Host]) -> Usage:
    """Return the demand of a pattern that sends one byte in all between *hosts*, which are all different.

    Weights and window grow in proportion to the total; the latency does not depend on it.  All patterns but ALL_TO_ALL
    have so few pairs that their routes are walked.  Not defined for MATRIX, which lists its entries itself.  Raise
    InputError when two hosts that communicate are not connected.
    """
    if pattern is MatrixPattern.ALL_TO_ALL:
        try:
            return _all_to_all(hosts)
        except NoRouteError:
            # Walking pair by pair finds out which one it is.
            pass
    return pair_usage(platform, ((hosts[i], hosts[j], amount) for i, j, amount in pattern.entries(1.0, len(hosts))))


def _all_to_all(hosts: Sequence[Host]) -> Usage:
    tally = exchange(hosts)
    pairs = len(hosts) * (len(hosts) - 1)
    weights = {link: (count if link.policy is LinkPolicy.SHARED else 1) / pairs for link, count in tally.counts.items()}
    return Usage(weights, tally.latency, tally.latency / pairs if pairs else 0.0)
