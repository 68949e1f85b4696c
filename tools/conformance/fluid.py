"""Fluid cases: small systems of actors, played on a fluid model and compared with recorded times and loads."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elastisim.kernel.actors import Request, Wait
from elastisim.kernel.disk import Disk
from elastisim.kernel.engines import fluid_model
from elastisim.kernel.rank import Start
from elastisim.kernel.site import Site
from elastisim.platform import read_platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elastisim.kernel.actors import Activity, Actor, Behaviour, Stage
    from elastisim.platform import Platform

TOLERANCE = 1e-9

Record = list[dict[str, Any]]


def fluid(directory: Path, engine: str = "fast") -> Iterator[tuple[str, str | None]]:
    """Play all cases of a directory; yield the name of each and what is wrong with it, None if nothing."""
    for file in sorted(directory.glob("*.json")):
        yield file.stem, check(json.loads(file.read_text(encoding="utf-8")), engine)


def check(case: dict[str, Any], engine: str) -> str | None:
    """Return the first disagreement with the recorded results; the exact engine has to agree to the last bit."""
    tolerance = 0.0 if engine == "exact" else TOLERANCE
    records, end = play(case, engine)
    for number, (expected, found) in enumerate(zip(case["expected"], records, strict=True)):
        for step, (want, have) in enumerate(zip(expected, found, strict=True)):
            for key, value in want.items():
                if not _equal(value, have[key], tolerance):
                    return f"actor {number}, step {step}, {key}: expected {value!r}, found {have[key]!r}"
    return None if _equal(case["end"], end, tolerance) else f"end: expected {case['end']!r}, found {end!r}"


def play(case: dict[str, Any], engine: str) -> tuple[list[Record], float]:
    """Play a case; return what each actor has recorded for its steps, and the time at the end."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.get("trace_files", {}).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        file = Path(folder) / "platform.xml"
        file.write_text(case["platform_xml"], encoding="utf-8")
        platform = read_platform(file)
    cast = _Cast(platform, engine)
    records = [cast.enter(actor["steps"]) for actor in case["actors"]]
    cast.play()
    return records, cast.model.now


class _Probe(Request):
    """Read loads; the answer is what was read."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[], dict[str, list[float]]]) -> None:
        self.read = read

    def serve(self, actor: Actor, stage: Stage) -> None:
        stage.wake(actor, self.read())


class _Cast:
    """The actors of a case and the resources that they use."""

    def __init__(self, platform: Platform, engine: str) -> None:
        self.platform = platform
        self.site = Site(platform)
        self.model = fluid_model(engine, self.site)
        self._disks: dict[tuple[str, str], Disk] = {}

    def enter(self, steps: list[dict[str, Any]]) -> Record:
        record: Record = []
        self.model.stage.enter(self._behave(steps, record))
        return record

    def play(self) -> None:
        self.model.stage.play()
        while self.model.advance():
            self.model.stage.play()

    def _behave(self, steps: list[dict[str, Any]], record: Record) -> Behaviour:
        for step in steps:
            entry: dict[str, Any] = {"start": self.model.now}
            record.append(entry)
            if step["op"] == "probe":
                entry |= yield _Probe(lambda step=step: self._loads(step))
            elif (begin := self._beginning(step)) is not None:
                yield Wait((yield Start(begin)))
            entry["finish"] = self.model.now

    def _loads(self, step: dict[str, Any]) -> dict[str, list[float]]:
        hosts = [self.platform.host(name) for name in step.get("hosts", [])]
        links = [self.platform.link(name) for name in step.get("links", [])]
        return {
            "host_load": [self.model.load(self.site.cpu(host)) for host in hosts],
            "link_load": [self.model.load(self.site.channel(link)) for link in links],
        }

    def _beginning(self, step: dict[str, Any]) -> Callable[[], Activity] | None:
        """Return what starts the activity of a step, None if there is nothing to wait for."""
        model, site = self.model, self.site
        match step["op"]:
            case "sleep" | "until" as op:
                delay = step["duration"] if op == "sleep" else step["time"] - model.now
                return (lambda: model.sleep(delay)) if delay > 0.0 else None
            case "read" | "write" as op:
                disk = self._disk(step["host"], step["disk"])
                return lambda: model.access(disk, step["bytes"], op == "write")
            case "exec":
                demand = site.computation(self.platform.host(step["host"]), step["flops"])
            case "ptask":
                hosts = [self.platform.host(name) for name in step["hosts"]]
                entries = [(n // len(hosts), n % len(hosts), amount) for n, amount in enumerate(step["bytes"])]
                demand = site.joint(hosts, step["flops"], entries)
            case "comm":
                hosts = [self.platform.host(step["src"]), self.platform.host(step["dst"])]
                demand = site.joint(hosts, [], [(0, 1, step["bytes"])])
            case other:
                raise ValueError(f"unknown operation {other}")
        return lambda: model.flow(demand)

    def _disk(self, host: str, name: str) -> Disk:
        if (host, name) not in self._disks:
            disk = next(disk for disk in self.platform.host(host).disks if disk.name == name)
            self._disks[host, name] = Disk(name, disk.read_bandwidth, disk.write_bandwidth)
        return self._disks[host, name]


def _equal(expected: Any, found: Any, tolerance: float) -> bool:
    if isinstance(expected, list):
        return len(expected) == len(found) and all(
            _equal(a, b, tolerance) for a, b in zip(expected, found, strict=True)
        )
    return bool(expected == found or abs(expected - found) <= tolerance * max(abs(expected), abs(found), 1.0))
