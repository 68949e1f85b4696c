"""Algorithms that connect to a simulator over ZeroMQ; the simulator is played by the test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from messages import invocation, job_fields, node_fields

from elastisim_python import Job, Node, pass_algorithm
from elastisim_python.interface import in_process_simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FINALIZE = {"code": 4293674239}
FAILED = 0xFFEC44FE
PATIENCE = 10.0


class Simulator:
    """The simulator's end of the connection."""

    def __init__(self, url: str, context: zmq.Context[Any]) -> None:
        self.socket = context.socket(zmq.PAIR)
        self.socket.linger = 1000
        self.socket.sndtimeo = self.socket.rcvtimeo = int(PATIENCE * 1000)
        self.socket.bind(url)

    def send(self, message: Any) -> None:
        self.socket.send_string(json.dumps(message))

    def ask(self, message: dict[str, Any]) -> Any:
        self.send(message)
        return self.socket.recv_json()


class Thread(threading.Thread):
    """A client; ``failure`` is what came out of pass_algorithm."""

    def __init__(self, schedule: Callable[..., object], url: str) -> None:
        super().__init__(daemon=True)
        self.failure: BaseException | None = None
        self._arguments = (schedule, url)
        self.start()

    def run(self) -> None:
        try:
            pass_algorithm(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.failure = error

    def ends(self) -> bool:
        self.join(PATIENCE)
        return not self.is_alive()


def assign_first(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
    jobs[0].assign(nodes[0])


def fail(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
    jobs[0].assign(nodes)
    raise LookupError("no idea")


@pytest.fixture(params=["ipc", "tcp", "inproc"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {"ipc": f"ipc://{tmp_path}/e.ipc", "tcp": "tcp://127.0.0.1:*", "inproc": f"inproc://{tmp_path}"}[
        request.param
    ]


@pytest.fixture
def simulator(url: str) -> Iterator[Simulator]:
    context: zmq.Context[Any] = zmq.Context.instance() if url.startswith("inproc") else zmq.Context()
    simulator = Simulator(url, context)
    yield simulator
    simulator.socket.close()
    if not url.startswith("inproc"):
        context.term()


@pytest.fixture
def bound_url(simulator: Simulator, url: str) -> str:
    return simulator.socket.get_string(zmq.LAST_ENDPOINT) if url.startswith("tcp") else url


def test_invocations_are_answered_until_the_end(simulator: Simulator, bound_url: str) -> None:
    client = Thread(assign_first, bound_url)

    reply = simulator.ask(invocation([job_fields(0)], [node_fields(0)]))
    simulator.send(FINALIZE)

    assert reply["code"] == 4293673985
    assert reply["jobs"][0]["assigned_node_ids"] == [0]
    assert client.ends()
    assert client.failure is None


def test_the_end_is_heard_of_even_if_the_simulator_leaves_at_once(simulator: Simulator, bound_url: str) -> None:
    client = Thread(assign_first, bound_url)
    simulator.ask(invocation([job_fields(0)], [node_fields(0)]))

    simulator.send(FINALIZE)
    simulator.socket.close()

    assert client.ends()
    assert client.failure is None


def test_a_failure_is_told_and_raised(simulator: Simulator, bound_url: str) -> None:
    client = Thread(fail, bound_url)

    last = simulator.ask(invocation([job_fields(0)], [node_fields(0)]))

    assert client.ends()
    assert isinstance(client.failure, LookupError)
    assert last["code"] == FAILED
    assert last["error"] == "LookupError: no idea"
    assert last["traceback"].startswith("Traceback (most recent call last):\n")
    assert last["traceback"].endswith("LookupError: no idea\n")
    assert 'raise LookupError("no idea")' in last["traceback"]
    assert "elastisim_python" not in last["traceback"]


def test_a_misuse_is_shown_where_the_algorithm_did_it(simulator: Simulator, bound_url: str) -> None:
    def misuse(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
        jobs[0].assign(5)  # type: ignore[arg-type]

    client = Thread(misuse, bound_url)

    last = simulator.ask(invocation([job_fields(0)], [node_fields(0)]))

    assert client.ends()
    assert isinstance(client.failure, TypeError)
    assert "jobs[0].assign(5)" in last["traceback"]
    assert "job.py" not in last["traceback"]
    assert last["traceback"].splitlines()[-1].startswith("TypeError: Job.assign expects a Node")


def test_a_simulator_that_disappears_is_noticed(simulator: Simulator, bound_url: str) -> None:
    client = Thread(assign_first, bound_url)
    simulator.ask(invocation([job_fields(0)], [node_fields(0)]))

    simulator.socket.close()

    assert client.ends()
    assert isinstance(client.failure, ConnectionError)
    assert "has gone before the end of the simulation" in str(client.failure)


def test_messages_of_unknown_kinds_are_refused(simulator: Simulator, bound_url: str) -> None:
    client = Thread(assign_first, bound_url)

    simulator.send({"code": 17})

    assert client.ends()
    assert isinstance(client.failure, ValueError)
    assert "code 17" in str(client.failure)


def test_the_simulator_may_start_later(tmp_path: Path) -> None:
    url = f"ipc://{tmp_path}/late.ipc"
    client = Thread(assign_first, url)
    time.sleep(0.3)
    with zmq.Context() as context:
        simulator = Simulator(url, context)
        simulator.ask(invocation([job_fields(0)], [node_fields(0)]))
        simulator.send(FINALIZE)

        assert client.ends()
        simulator.socket.close()
    assert client.failure is None


def test_an_interrupted_client_ends_at_once(tmp_path: Path) -> None:
    program = f"""
from elastisim_python import pass_algorithm
print("ready", flush=True)
pass_algorithm(print, "ipc://{tmp_path}/never.ipc")
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        assert client.stdout is not None
        client.stdout.readline()
        time.sleep(0.3)
        client.send_signal(signal.SIGINT)
        try:
            _, errors = client.communicate(timeout=PATIENCE)
        finally:
            client.kill()

    assert errors.rstrip().endswith(b"KeyboardInterrupt")


@pytest.mark.parametrize(
    ("schedule", "url", "message"),
    [(None, "ipc://x", r"expects a function schedule\(jobs, nodes, system\)"), (print, 3, "expects the address")],
)
def test_wrong_arguments_are_refused(schedule: Any, url: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        pass_algorithm(schedule, url)


def test_a_simulator_in_the_same_process_takes_over() -> None:
    taken: list[tuple[object, str]] = []
    token = in_process_simulator.set(lambda schedule, url: taken.append((schedule, url)))
    try:
        pass_algorithm(fail, "ipc://nowhere")
    finally:
        in_process_simulator.reset(token)

    assert taken == [(fail, "ipc://nowhere")]


def test_zeromq_is_loaded_only_when_it_is_needed() -> None:
    program = (
        "import sys, elastisim_python; print([name for name in ('zmq', 'elastisim', 'msgspec') if name in sys.modules])"
    )

    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert output.stdout.strip() == "[]"
