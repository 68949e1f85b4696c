"""Exchanges, where each of some hosts sends to every other one, without walking the route of every pair.

Routes have structure: those of a fat tree depend on few digits of the ends, those of a torus go ring by ring, those
between zones pass the same gateways.  So the pairs that pass a link can be counted for whole classes of pairs.  The
counts are exact; no rule of routing is known here that the zones do not know themselves.
"""

from elastisim.platform.exchange.tally import Tally
from elastisim.platform.exchange.zones import exchange

__all__ = ["Tally", "exchange"]
