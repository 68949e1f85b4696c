"""Scenarios with all types of jobs run to their end, and jobs do what their models say."""

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from starting import first_come_first_served

from elastisim import simulate
from elastisim.cli.main import cli
from elastisim_python import InvocationType, NodeState

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "traces"


class Generous:
    """Starts jobs on their preferred size, grants requests while nodes are free, and notes them."""

    def __init__(self) -> None:
        self.requests: dict[int, list[int]] = {}
        self.types: dict[int, str] = {}

    def __call__(self, jobs, nodes, system) -> None:
        if system["invocation_type"] == InvocationType.INVOKE_EVOLVING_REQUEST:
            job, wanted = system["job"], system["evolving_request"]
            self.requests.setdefault(job.identifier, []).append(wanted)
            missing = wanted - len(job.assigned_nodes)
            for node in list(job.assigned_nodes)[wanted:]:
                job.remove(node)
            for node in [node for node in nodes if node.state == NodeState.FREE][: max(0, missing)]:
                job.assign(node)
        else:
            first_come_first_served(jobs, nodes, system)
        self.types.update((job.identifier, job.type.name.lower()) for job in jobs)


@pytest.mark.parametrize("speedup", ["amdahl", "downey"])
def test_all_types_complete_and_evolving_jobs_ask(tmp_path, monkeypatch, speedup: str) -> None:
    options = (
        f"--nodes 2000 --malleable .2 --moldable .2 --evolving .3 --adaptive .3 --speedup {speedup} --seed 2 "
        "--evolving-pattern grow --phase-length 300 --state-size 1e6 --communication-rate 1e3"
    )
    arguments = ["import", str(EXAMPLES / "small.swf"), "-o", str(tmp_path), *options.split()]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    monkeypatch.chdir(tmp_path)
    algorithm = Generous()
    simulate("configuration.json", algorithm)
    lines = Path("output/job_statistics.csv").read_text().splitlines()[1:]

    assert len(lines) == 9
    assert all(line.endswith(",completed") for line in lines)
    assert {algorithm.types[job] for job in algorithm.requests} == {"evolving", "adaptive"}
    for requests in algorithm.requests.values():
        assert all(later - earlier == 1 for earlier, later in pairwise(requests))
