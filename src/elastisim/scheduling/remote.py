"""Algorithms in other processes, reached over ZeroMQ (spec R8.1): the simulator binds an address, a client connects."""

from __future__ import annotations

import errno
import math
import os
import socket as sockets
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import zmq

from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.wire import FINALIZE, encode, invocation_fields, read_reply
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Decision, Invocation

CHECK_MILLISECONDS = 100
"""How often a waiting simulator looks whether the client is still there."""

PATIENCE = 1.0
"""Seconds without a client after which a message says what the simulator is waiting for."""

FAREWELL_MILLISECONDS = 1000
"""How long the end of the simulation may take to reach the client."""


class RemoteAlgorithm:
    """The algorithm of the client that connects to *url*.

    A client that takes longer than *timeout* seconds to connect, or to answer, is given up; None means never.
    Raises InputError if the address cannot be bound.
    """

    def __init__(self, url: str, timeout: float | None = None) -> None:
        self._timeout = timeout
        # Both ends of an in-process transport have to share a context.
        self._shared = url.startswith("inproc:")
        self._context = zmq.Context.instance() if self._shared else zmq.Context()
        self._socket = self._context.socket(zmq.PAIR)
        self._socket.linger = 0
        self._socket.rcvtimeo = CHECK_MILLISECONDS
        self._socket.sndtimeo = 0  # sending waits for a client, for ever
        self._is_connected = False
        self._is_finished = False
        self._rigid: set[int] = set()
        self._file: Path | None = None
        path = _socket_file(url)
        try:
            if path is not None:
                _check_free(url, path)
            self._socket.bind(url)
        except zmq.ZMQError as error:
            self.close()
            raise InputError.at("zmq_url", "", _binding_problem(url, error)) from None
        except InputError:
            self.close()
            raise
        self._file = path and path.absolute()
        self.url = self._socket.get_string(zmq.LAST_ENDPOINT).rstrip("\0") or url
        """The address as bound: with the port, where the system was to choose one."""

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Send an invocation to the client and wait for its reply."""
        if not self._is_connected:
            self._wait_for_client()
        self._rigid.update(job.identifier for job in invocation.jobs if job.description.type is JobType.RIGID)
        moment = f"at {invocation.time:.15g} s"
        if self._socket.poll(0):
            raise AlgorithmError(f"the scheduling algorithm sent a message without having been asked, {moment}")
        try:
            self._socket.send(encode(invocation_fields(invocation)))
        except zmq.Again:
            raise self._gone(moment) from None
        return read_reply(self._receive(moment), invocation.time, self._rigid)

    def finish(self) -> None:
        """Tell the client that the simulation has ended; a simulation without invocations waits for it, too."""
        if not self._is_connected:
            self._wait_for_client()
        self._send_end()

    def close(self) -> None:
        """Release the address; a client that still waits for an invocation is told that there will be none."""
        if self._socket.closed:
            return
        if self._is_connected:
            self._send_end()
        self._socket.close()
        if self._file is not None:
            self._file.unlink(missing_ok=True)  # ZeroMQ leaves it behind
        if not self._shared:
            self._context.term()

    def _send_end(self) -> None:
        if not self._is_finished:
            self._is_finished = True
            self._socket.linger = FAREWELL_MILLISECONDS
            with suppress(zmq.Again):  # the client has gone
                self._socket.send(encode({"code": FINALIZE}))

    def _wait_for_client(self) -> None:
        waiting = _Stopwatch(self._timeout)
        has_told = False
        while not self._socket.poll(CHECK_MILLISECONDS, zmq.POLLOUT):
            if waiting.is_over:
                raise AlgorithmError(f"no scheduling algorithm connected to {self.url} within {self._timeout:g} s")
            if waiting.seconds >= PATIENCE and not has_told:
                print(f"elastisim: waiting for a scheduling algorithm to connect to {self.url}", file=sys.stderr)
                has_told = True
        self._is_connected = True

    def _receive(self, moment: str) -> bytes:
        waiting = _Stopwatch(self._timeout)
        while True:
            try:
                frames = self._socket.recv_multipart()
            except zmq.Again:
                # A client that has gone may have left a message.
                if not self._socket.poll(0, zmq.POLLIN | zmq.POLLOUT):
                    raise self._gone(moment) from None
                if waiting.is_over:
                    raise AlgorithmError(
                        f"the scheduling algorithm has not answered for {self._timeout:g} s, {moment}"
                    ) from None
                continue
            if len(frames) > 1:
                raise AlgorithmError(f"the scheduling algorithm sent a reply of {len(frames)} frames, {moment}")
            return frames[0]

    def _gone(self, moment: str) -> AlgorithmError:
        return AlgorithmError(
            f"the scheduling algorithm at {self.url} has gone: its process ended or closed the connection, {moment}"
        )


class _Stopwatch:
    """Seconds since it was created, and whether these are more than *limit*; without a limit they never are."""

    def __init__(self, limit: float | None) -> None:
        self._start = time.monotonic()
        self._limit = math.inf if limit is None else limit

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    @property
    def is_over(self) -> bool:
        return self.seconds > self._limit


def _socket_file(url: str) -> Path | None:
    """Return the path that a local address names; addresses that start with @ have no file."""
    scheme, _, name = url.partition("://")
    return None if scheme != "ipc" or name.startswith(("@", "*")) else Path(name)


def _check_free(url: str, path: Path) -> None:
    """Make sure that nothing is lost by binding *url*: ZeroMQ replaces whatever file has the name of its socket."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not hasattr(sockets, "AF_UNIX"):
        return  # Windows: Python cannot look
    if not stat.S_ISSOCK(mode):
        raise InputError.at("zmq_url", "", f"cannot listen at {url}: {path} is a file, but no socket")
    with sockets.socket(sockets.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return  # left behind by a simulation that was killed
    raise InputError.at("zmq_url", "", f"cannot listen at {url}: the address is in use, perhaps by another simulation")


def _binding_problem(url: str, error: zmq.ZMQError) -> str:
    hints = {
        errno.EADDRINUSE: "the address is in use, perhaps by another simulation",
        errno.ENODEV: "no network interface of this machine has this address or name",
        errno.ENOENT: "the directory does not exist",
        errno.ENAMETOOLONG: f"the path is longer than {zmq.IPC_PATH_MAX_LEN} characters",
        errno.EINVAL: "this is no address like ipc://elastisim.ipc or tcp://127.0.0.1:5555",
    }
    number = error.errno or 0
    return f"cannot listen at {url}: {hints.get(number) or os.strerror(number)}"
