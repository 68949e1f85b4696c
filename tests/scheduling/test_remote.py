"""Algorithms in other processes, over real sockets; simulations are a few invocations made by the test."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from situations import invocation, job, nodes

from elastisim.batch.invocation import Decision
from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.remote import RemoteAlgorithm
from elastisim.workload.job import JobType
from elastisim_python import pass_algorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elastisim_python import Job, Node

PATIENCE = 10
REPLY = {"code": 4293673985, "jobs": []}
CLIENT = """
import os, signal, sys, time
from elastisim_python import pass_algorithm
def schedule(jobs, nodes, system):
    if system["time"] > 1:
        BEHAVIOUR
    jobs[0].assign(nodes)
pass_algorithm(schedule, sys.argv[1])
print("summary")
"""


def assign_all(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
    jobs[0].assign(nodes)


@pytest.fixture(params=["ipc", "tcp", "inproc"])
def algorithm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RemoteAlgorithm]:
    urls = {"ipc": f"ipc://{tmp_path}/e.ipc", "tcp": "tcp://127.0.0.1:*", "inproc": f"inproc://{tmp_path}"}
    algorithm = RemoteAlgorithm(urls[request.param], timeout=PATIENCE)
    yield algorithm
    algorithm.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[RemoteAlgorithm]:
    algorithm = RemoteAlgorithm(f"ipc://{tmp_path}/local.ipc", timeout=PATIENCE)
    yield algorithm
    algorithm.close()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[RemoteAlgorithm]:
    algorithm = RemoteAlgorithm(f"ipc://{tmp_path}/impatient.ipc", timeout=0.4)
    yield algorithm
    algorithm.close()


@contextmanager
def in_thread(work: Callable[..., object], *arguments: object) -> Iterator[list[object]]:
    """Run a client in a thread; yield the list that holds its result, or what it raised, in the end."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work(*arguments))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield results
    thread.join(PATIENCE)
    assert not thread.is_alive()


@contextmanager
def in_process(url: str, behaviour: str = "pass") -> Iterator[subprocess.Popen[str]]:
    """Run a client as a process of its own; *behaviour* is what it does after one second of simulated time."""
    command = [sys.executable, "-c", CLIENT.replace("BEHAVIOUR", behaviour), url]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield client
    finally:
        client.kill()
        client.communicate()


def raw_client(url: str, *frames: bytes | list[bytes], wait: bool = True) -> list[bytes]:
    """Answer with *frames*, one after the other; return what was received."""
    received = []
    with zmq.Context() as context, context.socket(zmq.PAIR) as connection:
        connection.linger = 2000
        connection.connect(url)
        for frame in frames:
            received.append(connection.recv())
            connection.send_multipart(frame if isinstance(frame, list) else [frame])
        if wait and connection.poll(PATIENCE * 1000):
            received.append(connection.recv())
    return received


def start(time: float = 1.0) -> Any:
    return invocation([job(0)], nodes(0, 0), time=time)


def later(time: float = 2.0) -> Any:
    return invocation(time=time)


class TestConversation:
    def test_invocations_are_answered_until_the_end(self, algorithm: RemoteAlgorithm) -> None:
        with in_thread(pass_algorithm, assign_all, algorithm.url) as results:
            assert algorithm.invoke(start()) == [Decision(0, nodes=(0, 1))]
            assert algorithm.invoke(later()) == [Decision(0, nodes=(0, 1))]
            algorithm.finish()
            algorithm.close()

        assert results == [None]

    def test_messages_are_those_of_the_protocol(self, local: RemoteAlgorithm) -> None:
        with in_thread(raw_client, local.url, json.dumps(REPLY).encode()) as results:
            assert local.invoke(start()) == []
            local.finish()

        first, last = map(json.loads, results[0])  # type: ignore[call-overload]
        assert (first["code"], first["time"], first["invocation_type"]) == (4293673984, 1.0, 0)
        assert [entry["id"] for entry in first["nodes"]] == [0, 1]
        assert last == {"code": 4293674239}

    def test_a_simulation_without_invocations_ends_its_client(self, algorithm: RemoteAlgorithm) -> None:
        with in_thread(pass_algorithm, assign_all, algorithm.url) as results:
            algorithm.finish()

        assert results == [None]

    def test_rigid_jobs_are_remembered(self, local: RemoteAlgorithm) -> None:
        decision = {"id": 0, "kill_flag": False, "assigned_node_ids": [1], "modified_runtime_args": False}
        replies = [json.dumps(reply).encode() for reply in (REPLY, {**REPLY, "jobs": [decision]})]
        with in_thread(raw_client, local.url, *replies):
            local.invoke(invocation([job(0, type=JobType.RIGID)]))

            assert local.invoke(later()) == [Decision(0, nodes=(1,))]
            local.finish()

    def test_a_script_continues_after_the_end(self, local: RemoteAlgorithm) -> None:
        with in_process(local.url) as client:
            local.invoke(start())
            local.finish()
            local.close()

            assert client.communicate(timeout=PATIENCE) == ("summary\n", "")

    def test_a_client_that_waits_in_vain_is_released(self, algorithm: RemoteAlgorithm) -> None:
        with in_thread(pass_algorithm, assign_all, algorithm.url) as results:
            algorithm.invoke(start())
            algorithm.close()

        assert results == [None]

    def test_closing_twice_does_no_harm(self, algorithm: RemoteAlgorithm) -> None:
        algorithm.close()
        algorithm.close()

    def test_a_client_may_be_replaced_before_the_start(self, local: RemoteAlgorithm) -> None:
        with in_process(local.url):
            assert local._socket.poll(PATIENCE * 1000, zmq.POLLOUT)
        # A client that comes before the loss of the other has been noticed is turned away by ZeroMQ.
        while local._socket.poll(0, zmq.POLLOUT):
            time.sleep(0.01)
        with in_thread(pass_algorithm, assign_all, local.url):
            local.invoke(start())
            local.finish()

    def test_a_second_client_does_not_disturb(self, local: RemoteAlgorithm) -> None:
        with in_thread(pass_algorithm, assign_all, local.url):
            local.invoke(start())
            with in_process(local.url) as second:
                time.sleep(0.5)
                assert local.invoke(later()) == [Decision(0, nodes=(0, 1))]
                second.kill()
                second.wait()
            assert local.invoke(later()) == [Decision(0, nodes=(0, 1))]
            local.finish()


class TestFailures:
    def test_an_algorithm_that_raises_is_shown(self, algorithm: RemoteAlgorithm) -> None:
        def schedule(jobs: object, nodes: object, system: object) -> None:
            raise LookupError("no idea")

        with (
            in_thread(pass_algorithm, schedule, algorithm.url) as results,
            pytest.raises(AlgorithmError, match=r"algorithm failed at 1 s: LookupError: no idea") as caught,
        ):
            algorithm.invoke(start())

        assert isinstance(results[0], LookupError)
        assert 'raise LookupError("no idea")' in caught.value.details
        assert "interface.py" not in caught.value.details

    @pytest.mark.parametrize("behaviour", ["raise LookupError('no idea')", "sys.exit('no idea')"])
    def test_a_process_that_raises_is_shown(self, local: RemoteAlgorithm, behaviour: str) -> None:
        with in_process(local.url, behaviour) as client:
            local.invoke(start())
            with pytest.raises(AlgorithmError, match=r"failed at 2 s: .*: no idea") as caught:
                local.invoke(later())

            assert client.wait(PATIENCE) == 1
        assert 'File "<string>", line 6, in schedule' in caught.value.details

    @pytest.mark.parametrize("behaviour", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)"])
    def test_a_process_that_dies_is_noticed(self, local: RemoteAlgorithm, behaviour: str) -> None:
        with in_process(local.url, behaviour):
            local.invoke(start())
            begin = time.monotonic()
            with pytest.raises(AlgorithmError, match="has gone: its process ended or closed the connection, at 2 s"):
                local.invoke(later())

            assert time.monotonic() - begin < 2

    def test_a_process_that_is_killed_between_invocations_is_noticed(self, local: RemoteAlgorithm) -> None:
        with in_process(local.url) as client:
            local.invoke(start())
            client.kill()
            client.wait()
            with pytest.raises(AlgorithmError, match="has gone"):
                local.invoke(later())

    def test_a_client_that_leaves_is_noticed(self, local: RemoteAlgorithm) -> None:
        with in_thread(lambda: raw_client(local.url, json.dumps(REPLY).encode(), wait=False)):
            local.invoke(start())
            with pytest.raises(AlgorithmError, match="has gone"):
                local.invoke(later())

    def test_a_last_message_is_read_though_the_client_has_gone(self, local: RemoteAlgorithm) -> None:
        with in_thread(lambda: raw_client(local.url, json.dumps(REPLY).encode(), wait=False)):
            assert local.invoke(start()) == []

    def test_a_client_that_hangs_is_given_up(self, impatient: RemoteAlgorithm) -> None:
        with in_process(impatient.url, "time.sleep(60)"):
            impatient._socket.poll(PATIENCE * 1000, zmq.POLLOUT)
            impatient.invoke(start())
            begin = time.monotonic()
            with pytest.raises(AlgorithmError, match=r"has not answered for 0.4 s, at 2 s"):
                impatient.invoke(later())
            impatient.close()

            assert time.monotonic() - begin < 3

    def test_a_client_that_never_comes_is_given_up(self, impatient: RemoteAlgorithm) -> None:
        with pytest.raises(AlgorithmError, match=r"no scheduling algorithm connected to ipc://.* within 0.4 s"):
            impatient.invoke(start())

    @pytest.mark.parametrize(
        ("frame", "message"),
        [
            (b"hello", "is not JSON"),
            (b'{"code": 3}', "unknown code 3"),
            (b'{"code": 4293673985}', "missing required field `jobs`"),
            ([b"{}", b"{}"], "a reply of 2 frames, at 1 s"),
        ],
    )
    def test_garbage_is_refused(self, local: RemoteAlgorithm, frame: Any, message: str) -> None:
        with in_thread(raw_client, local.url, frame):
            with pytest.raises(AlgorithmError, match=message):
                local.invoke(start())
            local.close()

    def test_messages_nobody_asked_for_are_refused(self, local: RemoteAlgorithm) -> None:
        def talk() -> None:
            with zmq.Context() as context, context.socket(zmq.PAIR) as connection:
                connection.connect(local.url)
                connection.recv()
                connection.send_json(REPLY)
                connection.send_json(REPLY)
                connection.recv()

        with in_thread(talk):
            local.invoke(start())
            assert local._socket.poll(PATIENCE * 1000)
            with pytest.raises(AlgorithmError, match="without having been asked, at 2 s"):
                local.invoke(later())
            local.close()


class TestWaiting:
    def test_it_is_told_what_is_being_waited_for(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("elastisim.scheduling.remote.PATIENCE", 0.2)
        algorithm = RemoteAlgorithm(f"ipc://{tmp_path}/e.ipc", timeout=0.6)

        with pytest.raises(AlgorithmError):
            algorithm.invoke(start())
        algorithm.close()

        url = f"ipc://{tmp_path}/e.ipc"
        assert capsys.readouterr().err == f"elastisim: waiting for a scheduling algorithm to connect to {url}\n"

    def test_nothing_is_told_to_the_quick(self, local: RemoteAlgorithm, capsys: pytest.CaptureFixture[str]) -> None:
        with in_thread(pass_algorithm, assign_all, local.url):
            local.invoke(start())
            local.finish()

        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("has_client", [False, True])
    def test_it_can_be_interrupted(self, tmp_path: Path, has_client: bool) -> None:
        url = f"ipc://{tmp_path}/e.ipc"
        program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from situations import invocation
from elastisim.scheduling.remote import RemoteAlgorithm
algorithm = RemoteAlgorithm({url!r})
print("ready", flush=True)
try:
    algorithm.invoke(invocation(time=2.0))
except KeyboardInterrupt:
    algorithm.close()
    print("interrupted", flush=True)
"""
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
            assert simulator.stdout is not None
            simulator.stdout.readline()
            with in_process(url if has_client else f"ipc://{tmp_path}/elsewhere.ipc", "time.sleep(60)"):
                time.sleep(0.7)
                simulator.send_signal(signal.SIGINT)
                try:
                    output, _ = simulator.communicate(timeout=PATIENCE)
                finally:
                    simulator.kill()

        assert output == "interrupted\n"


class TestAddresses:
    def test_the_chosen_port_is_known(self) -> None:
        algorithm = RemoteAlgorithm("tcp://127.0.0.1:*")

        assert int(algorithm.url.rpartition(":")[2]) > 0
        algorithm.close()

    def test_local_sockets_leave_no_file(self, tmp_path: Path) -> None:
        algorithm = RemoteAlgorithm(f"ipc://{tmp_path}/e.ipc")

        assert (tmp_path / "e.ipc").is_socket()
        algorithm.close()
        assert not (tmp_path / "e.ipc").exists()

    def test_relative_paths_start_at_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        algorithm = RemoteAlgorithm("ipc://e.ipc")

        assert (tmp_path / "e.ipc").is_socket()
        monkeypatch.chdir("/")
        algorithm.close()
        assert not (tmp_path / "e.ipc").exists()

    def test_sockets_left_behind_are_replaced(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(str(tmp_path / "e.ipc"))

        algorithm = RemoteAlgorithm(f"ipc://{tmp_path}/e.ipc")

        with in_thread(pass_algorithm, assign_all, algorithm.url):
            algorithm.invoke(start())
            algorithm.finish()
        algorithm.close()

    def test_files_are_not_overwritten(self, tmp_path: Path) -> None:
        file = tmp_path / "e.ipc"
        file.write_text("precious")

        with pytest.raises(InputError, match="is a file, but no socket"):
            RemoteAlgorithm(f"ipc://{file}")

        assert file.read_text() == "precious"

    def test_an_address_in_use_is_left_alone(self, algorithm: RemoteAlgorithm) -> None:
        with in_thread(pass_algorithm, assign_all, algorithm.url):
            algorithm.invoke(start())
            with pytest.raises(InputError, match=f"zmq_url: cannot listen at {algorithm.url}: the address is in use"):
                RemoteAlgorithm(algorithm.url)

            assert algorithm.invoke(later()) == [Decision(0, nodes=(0, 1))]
            algorithm.finish()

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("nonsense", "this is no address like ipc://elastisim.ipc"),
            ("smoke://signal", "Protocol not supported"),
            ("ipc:///no/such/directory/e.ipc", "the directory does not exist"),
            ("ipc:///tmp/" + "x" * 120, "the path is longer than 107 characters"),
            ("tcp://no.such.host.invalid:5555", "no network interface of this machine has this address"),
        ],
    )
    def test_wrong_addresses_are_the_users_mistake(self, url: str, message: str) -> None:
        with pytest.raises(InputError, match=f"^zmq_url: cannot listen at {url}: {message}"):
            RemoteAlgorithm(url)
