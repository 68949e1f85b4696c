"""Random small scenarios over all features of application models, for comparing engines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

Draw = Any

VECTOR_PATTERNS = ("all_ranks", "uniform", "root_only", "even_ranks", "odd_ranks")
MATRIX_PATTERNS = (
    "all_to_all",
    "gather",
    "scatter",
    "master_worker",
    "ring",
    "ring_clockwise",
    "ring_counter_clockwise",
)
TYPES = ("rigid", "moldable", "malleable", "evolving", "adaptive")
NODES = 8


def irregular(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with many digits, so that events do not coincide by accident."""
    return st.integers(1, 10**9).map(lambda n: low + (high - low) * ((n * 0.6180339887498949) % 1.0))


@st.composite
def platforms(draw: Draw) -> tuple[str, dict[str, Any]]:
    """A platform of eight compute nodes, and what its nodes have."""
    gpus = draw(st.sampled_from((0, 0, 1, 2, 4)))
    burst_buffers = draw(st.sampled_from(("none", "exclusive", "striped")))
    topology = draw(st.sampled_from(("crossbar", "backbone", "fat_tree", "torus", "dragonfly", "shared", "two")))
    cores = draw(st.sampled_from((1, 1, 2)))
    latency = draw(st.sampled_from(("0us", "7us", "130us")))
    properties = ""
    if gpus:
        properties += f'<prop id="num_gpus" value="{gpus}"/><prop id="flops_per_gpu" value="3Gf"/>'
        properties += '<prop id="gpu_to_gpu_bw" value="2GBps"/>'
    if burst_buffers != "none":
        properties += '<prop id="node_local_bb" value="true"/><prop id="bb_read_bw" value="90GBps"/>'
        properties += '<prop id="bb_write_bw" value="60GBps"/>'
    if burst_buffers == "striped":
        properties += '<prop id="wide_striping" value="true"/><prop id="flops_per_byte" value="0.001f"/>'
    common = f'prefix="n" suffix="" core="{cores}" lat="{latency}"'
    flat = f'<cluster id="C" radical="0-7" speed="1Gf" bw="1GBps" {common} {{}}>{properties}</cluster>'
    forms = {
        "crossbar": flat.format(""),
        "backbone": flat.format('bb_bw="2.3GBps" bb_lat="11us"'),
        "shared": flat.format('sharing_policy="SHARED" limiter_link="1.7GBps" loopback_bw="5GBps" loopback_lat="1us"'),
        "fat_tree": flat.format('topology="FAT_TREE" topo_parameters="2;4,2;1,2;1,1"'),
        "torus": flat.format('topology="TORUS" topo_parameters="4,2"'),
        "dragonfly": flat.format('topology="DRAGONFLY" topo_parameters="2,1;2,1;2,2;1"'),
    }
    gateway = "nC_router" if topology in ("crossbar", "backbone", "shared") else "n0"
    pfs = draw(st.sampled_from((1, 1, 2)))
    if topology == "two":
        clusters = flat.format("").replace("0-7", "0-4")
        clusters += f'<cluster id="D" radical="5-7" speed="1.3Gf" bw="1.2GBps" {common}>{properties}</cluster>'
        links = '<link id="wan" bandwidth="0.9GBps" latency="1ms"/>'
        routes = (
            '<zoneRoute src="C" dst="D" gw_src="nC_router" gw_dst="nD_router"><link_ctn id="wan"/></zoneRoute>'
            + _pfs_routes("C", "nC_router")
            + _pfs_routes("D", "nD_router")
        )
    else:
        clusters, links, routes = forms[topology], "", _pfs_routes("C", gateway)
    hosts = "".join(f'<host id="p{i}" speed="0f"><prop id="pfs_host" value="true"/></host>' for i in range(pfs))
    inner = "".join(f'<link id="p{i}_link" bandwidth="{2 - i}.6GBps" latency="3us"/>' for i in range(pfs))
    inner_routes = "".join(f'<route src="p{i}" dst="pfs_gate"><link_ctn id="p{i}_link"/></route>' for i in range(pfs))
    xml = f"""<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="W" routing="Full">
<zone id="B" routing="Full"><host id="batch" speed="0f"><prop id="batch_system" value="true"/></host></zone>
{clusters}
<zone id="P" routing="Full">{hosts}<router id="pfs_gate"/>{inner}{inner_routes}</zone>
<link id="pfs_read" bandwidth="3.1GBps" latency="40us"/><link id="pfs_write" bandwidth="1.9GBps" latency="40us"/>
{links}{routes}</zone></platform>"""
    return xml, {"gpus": gpus, "burst_buffers": burst_buffers, "topology": topology}


def _pfs_routes(cluster: str, gateway: str) -> str:
    return (
        f'<zoneRoute src="P" dst="{cluster}" gw_src="pfs_gate" gw_dst="{gateway}" symmetrical="NO">'
        '<link_ctn id="pfs_read"/></zoneRoute>'
        f'<zoneRoute src="{cluster}" dst="P" gw_src="{gateway}" gw_dst="pfs_gate" symmetrical="NO">'
        '<link_ctn id="pfs_write"/></zoneRoute>'
    )


@st.composite
def tasks(draw: Draw, machine: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """A task that the machine can execute."""
    kinds = ["idle", "busy_wait", "cpu", "cpu", "cpu", "pfs_read", "pfs_write"]
    if machine["gpus"]:
        kinds.append("gpu")
    if machine["burst_buffers"] != "none":
        kinds += ["bb_read", "bb_write"]
    if depth == 0:
        kinds.append("sequence")
    kind = draw(st.sampled_from(kinds))
    task: dict[str, Any] = {"type": kind, "name": kind}
    if draw(st.booleans()):
        task["iterations"] = draw(st.integers(0, 3))
    if draw(st.integers(0, 5)) == 0:
        task["synchronized"] = True
    pattern = draw(st.sampled_from(VECTOR_PATTERNS))
    if kind == "sequence":
        task["tasks"] = draw(st.lists(tasks(machine, 1), min_size=1, max_size=3))
    elif kind in ("idle", "busy_wait"):
        task |= {"delay": draw(_amount(0.1, 3.0)), "pattern": pattern}
    elif kind in ("cpu", "gpu"):
        part = draw(st.sampled_from(("flops", "bytes", "both")))
        if part != "bytes":
            task |= {"flops": draw(_amount(1e8, 5e9)), "computation_pattern": pattern}
        if part != "flops":
            allowed = MATRIX_PATTERNS if kind == "cpu" else ("all_to_all", "ring", "ring_clockwise")
            size = _amount(machine["scale"] * 1e8, machine["scale"] * 4e9)
            task |= {"bytes": draw(size), "communication_pattern": draw(st.sampled_from(allowed))}
        if kind == "cpu" and draw(st.booleans()):
            task["coupled"] = True
    else:
        # Large accesses: the exact engine rounds the progress of disks to whole bytes in every step.
        low, high = (1e12, 9e12) if kind.startswith("bb") else (1e8, 5e9)
        size = _amount(machine["scale"] * low, machine["scale"] * high)
        task |= {"bytes": draw(size), "pattern": pattern}
        if draw(st.integers(0, 4)) == 0:
            task["async"] = True
    return task


def _amount(low: float, high: float) -> st.SearchStrategy[str]:
    """Amounts that differ from job to job."""
    number = irregular(low, high)
    return st.one_of(number.map(lambda n: f"{n!r} * scale"), number.map(lambda n: f"{n!r} * scale / num_nodes"))


@st.composite
def plain_models(draw: Draw) -> dict[str, Any]:
    """An application model of one phase in which all ranks do the same and need nobody else, like most of traces."""
    kinds = draw(st.lists(st.sampled_from(("idle", "busy_wait", "cpu")), min_size=1, max_size=2))
    tasks: list[dict[str, Any]] = []
    for kind in kinds:
        pattern = draw(st.sampled_from(("all_ranks", "uniform")))
        if kind == "cpu":
            task = {"flops": draw(_amount(1e8, 5e9)), "computation_pattern": pattern}
        else:
            task = {"delay": draw(_amount(0.1, 3.0)), "pattern": pattern}
        tasks.append({"type": kind, "name": kind, "iterations": draw(st.integers(1, 2)), **task})
    return {"phases": [{"iterations": draw(st.integers(1, 6)), "tasks": tasks}]}


@st.composite
def models(draw: Draw, machine: dict[str, Any]) -> dict[str, Any]:
    """An application model."""
    if draw(st.integers(0, 3)) == 0:
        return draw(plain_models())
    some = st.lists(tasks(machine), min_size=0, max_size=2)
    phases = []
    for _ in range(draw(st.integers(1, 2))):
        phase: dict[str, Any] = {
            "iterations": draw(st.integers(1, 6)),
            "tasks": draw(st.lists(tasks(machine), min_size=1, max_size=3)),
        }
        if draw(st.integers(0, 3)) == 0:
            phase["barrier"] = False
        if draw(st.integers(0, 3)) == 0:
            phase["scheduling_point"] = False
        if draw(st.integers(0, 2)) == 0:
            phase["evolving_request"] = draw(
                st.sampled_from(("num_nodes", "num_nodes + 1", "num_nodes - 1", "phase_iteration + 1"))
            )
        phases.append(phase)
    model: dict[str, Any] = {"phases": phases}
    for key in ("on_init", "on_reconfiguration", "on_expansion"):
        if draw(st.integers(0, 3)) == 0:
            model[key] = {"iterations": draw(st.integers(1, 2)), "tasks": draw(some)}
    return model


@st.composite
def jobs(draw: Draw, machine: dict[str, Any], models_count: int) -> dict[str, Any]:
    """A job."""
    kind = draw(st.sampled_from(TYPES))
    job: dict[str, Any] = {
        "type": kind,
        "submit_time": draw(irregular(0.0, 20.0)),
        "application_model": f"model{draw(st.integers(0, models_count - 1))}.json",
        "arguments": {"scale": draw(irregular(0.5, 1.5))},
        "attributes": {"salt": str(draw(st.integers(0, 99)))},
    }
    if draw(st.integers(0, 4)) == 0:
        job["walltime"] = draw(st.integers(3, 40)) + 0.0321
    gpus = machine["gpus"]
    if kind == "rigid":
        job |= {"num_nodes": draw(st.integers(1, 6)), "num_gpus_per_node": gpus}
    else:
        low = draw(st.integers(1, 4))
        job |= {"num_nodes_min": low, "num_nodes_max": draw(st.integers(low, NODES))}
        job |= {"num_gpus_per_node_min": min(gpus, 1), "num_gpus_per_node_max": gpus}
    return job


@st.composite
def scenarios(draw: Draw, scale: int = 1, *, shares: bool = False) -> dict[str, str]:
    """The files of a scenario by name; links are *scale* times as fast, 1 or 1000, and carry that many more bytes.

    If the algorithm *shares* nodes among jobs, these come soon after one another, so that they meet.
    """
    xml, machine = draw(platforms())
    machine["scale"] = scale
    if scale == 1000:
        # Bytes are to take as long as ever, and so are jobs: the work for each byte shrinks with their number, and the
        # window of bytes that a flow has on its way grows (F3.4).
        window = '<config><prop id="network/TCP-gamma" value="4194304000"/></config>'
        for place, text in (
            ("GBps", "TBps"),
            ('"flops_per_byte" value="0.001f"', '"flops_per_byte" value="0.000001f"'),
            ('<platform version="4.1">', f'<platform version="4.1">{window}'),
        ):
            xml = xml.replace(place, text)
    count = draw(st.integers(1, 2))
    files = {"platform.xml": xml}
    for number in range(count):
        files[f"model{number}.json"] = json.dumps(draw(models(machine)))
    all_jobs = draw(st.lists(jobs(machine, count), min_size=3 if shares else 1, max_size=6))
    for number, job in enumerate(all_jobs):
        # Jobs that differ in nothing would coincide, and coincidences are decided by the last digit.
        job["submit_time"] += number * 0.0123
        job["arguments"]["scale"] *= 1.0 + number * 0.0071
        if shares:
            job["submit_time"] *= 0.3
    files["jobs.json"] = json.dumps({"jobs": all_jobs})
    interval = draw(st.sampled_from((0, 0, 3.0123)))
    files["configuration.json"] = json.dumps(
        {
            "jobs_file": "jobs.json",
            "platform_file": "platform.xml",
            "schedule_on_job_submit": True,
            "schedule_on_job_finalize": True,
            "schedule_on_scheduling_point": draw(st.booleans()),
            "schedule_on_reconfiguration": draw(st.booleans()),
            "scheduling_interval": interval,
            "allow_oversubscription": shares or draw(st.integers(0, 4)) == 0,
            "job_statistics": "jobs.csv",
            "node_utilization": "nodes.csv",
            "log_task_times": draw(st.integers(0, 3)) == 0 if shares else draw(st.booleans()),
            "task_times": "tasks.csv",
        }
    )
    return files


def make_algorithm(*, shares: bool = False) -> Callable[[Any, Any, Any], None]:
    """Return an algorithm that starts, resizes and kills by rules that depend on numbers of events only.

    If it *shares* nodes, jobs get some in a row, from one on that depends on the job, whoever else is there.
    """
    calls: dict[int, int] = {}

    def schedule(jobs: Any, nodes: Any, system: Any) -> None:
        from elastisim_python import InvocationType, JobState, JobType, NodeState

        free = [node for node in nodes if node.state is NodeState.FREE]
        job = system.get("job")
        kind = system["invocation_type"]

        def offered(other: Any) -> list[Any]:
            if not shares:
                return free
            first = int(other.attributes["salt"]) % len(nodes)
            return [node for node in (*nodes[first:], *nodes[:first]) if node not in other.assigned_nodes]

        if job is not None and kind is InvocationType.INVOKE_EVOLVING_REQUEST:
            _resize(job, offered(job), system["evolving_request"])
        elif job is not None and kind is InvocationType.INVOKE_SCHEDULING_POINT:
            turn = calls[job.identifier] = calls.get(job.identifier, 0) + 1
            salt = int(job.attributes["salt"])
            if (salt + turn) % 17 == 0:
                job.kill()
            else:
                span = job.num_nodes_max - job.num_nodes_min + 1
                _resize(job, offered(job), job.num_nodes_min + (salt * turn) % span)
        elif kind is InvocationType.INVOKE_PERIODIC:
            for other in jobs:
                if other.type in (JobType.MALLEABLE, JobType.ADAPTIVE) and other.state is JobState.RUNNING:
                    turn = calls[other.identifier] = calls.get(other.identifier, 0) + 1
                    span = other.num_nodes_max - other.num_nodes_min + 1
                    if turn % 3 == 0:
                        _resize(
                            other, offered(other), other.num_nodes_min + (int(other.attributes["salt"]) + turn) % span
                        )
        for other in jobs:
            if other.state is JobState.PENDING and not other.kill_flag:
                rigid = other.type is JobType.RIGID
                count = other.num_nodes if rigid else other.num_nodes_min
                left = offered(other)
                if count > len(left):
                    break
                if not rigid:
                    salt = int(other.attributes["salt"])
                    count = min(len(left), count + salt % (other.num_nodes_max - count + 1))
                    other.assign_num_gpus_per_node(other.num_gpus_per_node_max)
                other.assign(left[:count])
                del left[:count]

    return schedule


def _resize(job: Any, free: list[Any], target: int) -> None:
    change = target - len(job.assigned_nodes)
    if change > 0:
        added = free[:change]
        if added:
            job.assign(added)
            del free[: len(added)]
    elif change < 0:
        job.remove(job.assigned_nodes[change:])
