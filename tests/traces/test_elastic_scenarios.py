"""Scenarios with all types of jobs run to their end, and jobs do what their models say."""

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from elastisim import simulate
from elastisim.cli.main import cli
from elastisim_python import InvocationType, JobState, JobType, NodeState

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "traces"


class Generous:
    """Starts jobs on their preferred size, grants requests while nodes are free, and notes them."""

    def __init__(self) -> None:
        self.requests: dict[int, list[int]] = {}
        self.types: dict[int, str] = {}

    def __call__(self, jobs, nodes, system) -> None:
        free = [node for node in nodes if node.state == NodeState.FREE]
        if system["invocation_type"] == InvocationType.INVOKE_EVOLVING_REQUEST:
            job, wanted = system["job"], system["evolving_request"]
            self.requests.setdefault(job.identifier, []).append(wanted)
            have = len(job.assigned_nodes)
            if wanted < have:
                for node in list(job.assigned_nodes)[wanted:]:
                    job.remove(node)
            else:
                for node in free[: wanted - have]:
                    job.assign(node)
                del free[: wanted - have]
        for job in jobs:
            self.types[job.identifier] = job.type.name.lower()
            if job.state == JobState.PENDING:
                size = job.num_nodes if job.type == JobType.RIGID else int(job.arguments["num_nodes_pref"])
                if size > len(free):
                    return
                for node in free[:size]:
                    job.assign(node)
                del free[:size]


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
