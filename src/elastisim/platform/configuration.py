"""The ``<config>`` of platform files (spec section 10 of the platform rules)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from elastisim.platform.units import read_number

if TYPE_CHECKING:
    from elastisim.platform.document import Element
    from elastisim.platform.platform import Settings

FIELDS = {
    "network/TCP-gamma": "tcp_gamma",
    "network/loopback-bw": "loopback_bandwidth",
    "network/loopback-lat": "loopback_latency",
    "precision/timing": "timing_precision",
    "precision/work-amount": "work_precision",
}
"""Keys that have an effect, and the setting of each."""

MODELS = ("network/model", "cpu/model")
"""Keys that contradict the model that ElastiSim has chosen."""


def read_settings(config: Element, settings: Settings) -> Settings:
    """Return *settings* changed by the properties of a ``<config>``; those that mean nothing here are remarked."""
    values: dict[str, float] = {}
    seen: set[str] = set()
    for prop in config.children:
        key = prop["id"]
        if key in seen:
            continue
        seen.add(key)
        if key in MODELS:
            raise prop.error(f"{key} cannot be chosen: jobs are simulated with the model of parallel tasks (ptask_L07)")
        if key == "host/solver":
            prop.choose("value", {"fairbottleneck": None})
        elif key in FIELDS:
            value = prop.read("value", read_number)
            if value < 0 or (value == 0 and key != "network/loopback-lat"):
                raise prop.error(f"{key} must be positive, not {value:g}", "value")
            values[FIELDS[key]] = value
        elif key != "host/model":
            prop.remark(f"{key} has no effect here", "id")
    return replace(settings, **values)
