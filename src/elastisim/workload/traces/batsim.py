"""Workloads of Batsim: jobs with profiles, in JSON.

Jobs with a delay profile become jobs with a run time.  Other profiles become application models:

* a homogeneous parallel task is a coupled ``cpu`` task, its bytes per pair add up to an ``all_to_all``;
* an explicit parallel task is a coupled ``cpu`` task with a vector and a matrix;
* a transfer to or from the parallel file system is a ``pfs_read`` and a ``pfs_write`` at the same time;
* staging between two storages is a read and a write of the whole amount by the first node at the same time;
* a sequence is a ``sequence`` task.

Profiles are known by the names of Batsim 1 to 4 and of Batsim 5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import msgspec

from elastisim.errors import InputError, Problem
from elastisim.workload.records import Status, TraceJob
from elastisim.workload.traces.formats import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.workload.traces.formats import Flag, ReadOptions
    from elastisim.workload.traces.source import Source

_KINDS = {
    "delay": "delay",
    "DelayProfile": "delay",
    "parallel": "parallel",
    "msg_par": "parallel",
    "ptask": "parallel",
    "ParallelTaskProfile": "parallel",
    "parallel_homogeneous": "homogeneous",
    "msg_par_hg": "homogeneous",
    "ptask_homogeneous": "homogeneous",
    "ParallelTaskHomogeneousProfile": "homogeneous",
    "parallel_homogeneous_total": "homogeneous_total",
    "msg_par_hg_tot": "homogeneous_total",
    "parallel_homogeneous_pfs": "pfs",
    "msg_par_hg_pfs": "pfs",
    "msg_par_hg_pfs0": "pfs",
    "ptask_on_storage_homogeneous": "pfs",
    "ParallelTaskOnStorageHomogeneousProfile": "pfs",
    "data_staging": "staging",
    "ptask_data_staging_between_storages": "staging",
    "ParallelTaskDataStagingBetweenStoragesProfile": "staging",
    "composed": "sequence",
    "sequence": "sequence",
    "sequential_composition": "sequence",
    "SequentialCompositionProfile": "sequence",
}
_SPREAD = ("spread_uniformly", "DefinedAmountsSpreadUniformly")


class _Job(msgspec.Struct):
    id: int | str
    subtime: float
    res: int
    profile: str
    walltime: float = -1


class _Workload(msgspec.Struct):
    jobs: list[_Job]
    profiles: dict[str, dict[str, Any]]
    nb_res: int | None = None


class BatsimFormat:
    """Workloads of Batsim as a trace format."""

    summary = "workload of Batsim in JSON (jobs and profiles)"

    def recognises(self, sample: bytes) -> bool:
        """Return whether the file begins like a JSON object."""
        return sample.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")

    def read(self, source: Source, options: ReadOptions, flag: Flag) -> Trace:  # noqa: ARG002
        """Read jobs and profiles; raise InputError for profiles that the simulator cannot follow."""
        try:
            workload = msgspec.json.decode(source.read().removeprefix(b"\xef\xbb\xbf"), type=_Workload)
        except msgspec.ValidationError as error:
            raise InputError.at(source, "", f"is no workload of Batsim: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError.at(source, "", f"is no valid JSON: {error}") from None
        used = {job.profile for job in workload.jobs}
        profiles = _Profiles(source, workload.profiles)
        delays: dict[str, float] = {}
        models: dict[str, dict[str, Any]] = {}
        problems: list[Problem] = []
        for name in sorted(used):
            try:
                delay = profiles.delay(name)
                if delay is None:
                    models[name] = {"phases": [{"tasks": profiles.tasks(name, ())}]}
                else:
                    delays[name] = delay
            except InputError as error:
                problems += error.problems
        for index, job in enumerate(workload.jobs):
            for size in _sizes(models.get(job.profile, {}).get("phases", [])):
                if size != job.res:
                    message = f"is {job.res}, but profile {job.profile!r} is for {size} nodes"
                    problems.append(Problem(str(source), f"$.jobs[{index}].res", message))
        if problems:
            raise InputError(problems)
        return Trace(
            jobs=_entries(workload.jobs, delays),
            unit="nodes",
            place="job",
            nodes=workload.nb_res,
            models=models,
        )


def _entries(jobs: list[_Job], delays: dict[str, float]) -> Iterator[TraceJob]:
    for place, job in enumerate(jobs, 1):
        yield TraceJob(
            place,
            job.id,
            _whole(job.subtime) if job.subtime >= 0 else None,
            None,
            _whole(delays[job.profile]) if job.profile in delays else None,
            max(job.res, 0) or None,
            max(job.res, 0) or None,
            _whole(job.walltime) if job.walltime > 0 else None,
            Status.UNKNOWN,
            model=None if job.profile in delays else job.profile,
        )


def _sizes(items: list[dict[str, Any]]) -> Iterator[int]:
    """Yield the numbers of nodes for which explicit vectors and matrices in phases or tasks are made."""
    for item in items:
        if item.get("computation_pattern") == "vector":
            yield len(item["flops"])
        if item.get("communication_pattern") == "matrix":
            yield math.isqrt(len(item["bytes"]))
        yield from _sizes(item.get("tasks", []))


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value


class _Profiles:
    """Translates profiles into tasks."""

    def __init__(self, source: Source, profiles: dict[str, dict[str, Any]]) -> None:
        self._source = source
        self._profiles = profiles

    def delay(self, name: str) -> float | None:
        """Return the delay of a profile that is nothing but a delay."""
        return self._number(name, "delay") if self._kind(name) == "delay" else None

    def tasks(self, name: str, above: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return the tasks of a profile; *above* are the sequences in which it is used."""
        match self._kind(name):
            case "delay":
                return [{"type": "idle", "name": name, "delay": self._number(name, "delay"), "pattern": "uniform"}]
            case "parallel":
                return self._parallel(name)
            case "homogeneous":
                return self._homogeneous(name, spread=self._is_spread(name))
            case "homogeneous_total":
                return self._homogeneous(name, spread=True)
            case "pfs":
                return self._transfer(name)
            case "staging":
                amount = self._number(name, "nb_bytes")
                return _both_ways(name, amount, amount, "root_only")
            case _:
                return self._sequence(name, above)

    def _kind(self, name: str) -> str:
        profile = self._profiles.get(name)
        if profile is None:
            raise self._error(name, "is not defined")
        kind = profile.get("type")
        if kind not in _KINDS:
            raise self._error(name, f"has the type {kind!r}, which cannot be simulated")
        return _KINDS[cast("str", kind)]

    def _is_spread(self, name: str) -> bool:
        return self._profiles[name].get("generation_strategy") in _SPREAD

    def _parallel(self, name: str) -> list[dict[str, Any]]:
        task: dict[str, Any] = {"type": "cpu", "name": name}
        flops = self._numbers(name, "cpu")
        traffic = self._numbers(name, "com")
        size = len(flops) or math.isqrt(len(traffic))
        if traffic and len(traffic) != size * size:
            raise self._error(name, f"com has {len(traffic)} entries, expected {size * size} for {size} nodes")
        if any(flops):
            task |= {"flops": flops, "computation_pattern": "vector"}
        # What a node sends to itself does not use the network.
        traffic = [0 if index % (size + 1) == 0 else amount for index, amount in enumerate(traffic)]
        if any(traffic):
            task |= {"bytes": traffic, "communication_pattern": "matrix"}
        return self._coupled(task)

    def _homogeneous(self, name: str, *, spread: bool) -> list[dict[str, Any]]:
        task: dict[str, Any] = {"type": "cpu", "name": name}
        flops, amount = self._number(name, "cpu", 0.0), self._number(name, "com", 0.0)
        if flops:
            task |= {"flops": flops, "computation_pattern": "all_ranks" if spread else "uniform"}
        if amount:
            total = amount if spread else f"{_plain(amount)} * num_nodes * (num_nodes - 1)"
            task |= {"bytes": total, "communication_pattern": "all_to_all"}
        return self._coupled(task)

    @staticmethod
    def _coupled(task: dict[str, Any]) -> list[dict[str, Any]]:
        if "flops" in task and "bytes" in task:
            task["coupled"] = True
        return [task] if "flops" in task or "bytes" in task else []

    def _transfer(self, name: str) -> list[dict[str, Any]]:
        read = self._number(name, "bytes_to_read", self._number(name, "size", 0.0))
        write = self._number(name, "bytes_to_write", 0.0)
        return _both_ways(name, read, write, "all_ranks" if self._is_spread(name) else "uniform")

    def _sequence(self, name: str, above: tuple[str, ...]) -> list[dict[str, Any]]:
        if name in above:
            raise self._error(name, "contains itself")
        parts = self._profiles[name].get("seq")
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise self._error(name, "needs an array 'seq' of profile names")
        repeat = self._profiles[name].get("repeat", self._profiles[name].get("nb", 1))
        if not isinstance(repeat, int) or repeat < 0:
            raise self._error(name, f"repeat is {repeat!r}, expected a whole number")
        tasks = [task for part in parts for task in self.tasks(part, (*above, name))]
        return [{"type": "sequence", "name": name, "iterations": repeat, "tasks": tasks}] if repeat else []

    def _number(self, name: str, key: str, default: float | None = None) -> float:
        value = self._profiles[name].get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise self._error(name, f"{key} is {value!r}, expected a non-negative number")
        return float(value)

    def _numbers(self, name: str, key: str) -> list[float]:
        values = self._profiles[name].get(key, [])
        if not isinstance(values, list) or any(
            isinstance(value, bool) or not isinstance(value, int | float) or value < 0 for value in values
        ):
            raise self._error(name, f"{key} is no array of non-negative numbers")
        return values

    def _error(self, name: str, message: str) -> InputError:
        return InputError.at(self._source, f"$.profiles.{name}", message)


def _both_ways(name: str, read: float, write: float, pattern: str) -> list[dict[str, Any]]:
    """Read and write at the same time: the first of the two is asynchronous and the sequence waits for it."""
    tasks: list[dict[str, Any]] = []
    if read:
        tasks.append({"type": "pfs_read", "name": name, "bytes": read, "pattern": pattern})
    if write:
        tasks.append({"type": "pfs_write", "name": name, "bytes": write, "pattern": pattern})
    if len(tasks) == 2:
        tasks[0]["async"] = True
        return [{"type": "sequence", "name": name, "tasks": tasks}]
    return tasks


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value)


FORMAT = BatsimFormat()
