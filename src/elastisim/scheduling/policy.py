"""Policies: scheduling algorithms that work on live views."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from pathlib import Path
from traceback import format_exception_only
from typing import TYPE_CHECKING, Self

from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.system import System
from elastisim_python.interface import failure_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from elastisim.batch.invocation import Decision, Invocation

_PACKAGE = str(Path(__file__).parent.parent)


class Policy(ABC):
    """A scheduling policy: subclasses say what :meth:`schedule` decides.

    Options of a policy are the keyword parameters of its constructor, with annotations and defaults; with
    ``Annotated[type, msgspec.Meta(description="...")]`` they are listed with a description.  The first line of the
    docstring describes the policy.  An object schedules one simulation.

    A policy with ``state_driven`` depends on nothing but jobs and nodes.  It is not called periodically as long as
    nothing has changed since it was called last; in return such stretches of time cost nothing.

    ``name`` is how messages and records call the policy, ``options`` are those it was made with.
    """

    name = ""
    state_driven = False
    options: dict[str, object]

    def __new__(cls, *args: object, **options: object) -> Self:  # noqa: ARG004 - arguments are for the constructor
        """Remember the options for the records of runs."""
        policy = super().__new__(cls)
        policy.options = options
        return policy

    @abstractmethod
    def schedule(self, system: System) -> None:
        """Decide: called whenever the batch system asks for decisions."""


class PolicyFunction(Policy):
    """A plain function ``schedule(system)`` as a policy."""

    def __init__(self, function: Callable[[System], object]) -> None:
        self._function = function

    def schedule(self, system: System) -> None:
        """Call the function."""
        self._function(system)


class PolicyAlgorithm:
    """A policy at work in one simulation; messages call it *name*, by default its own, each call is within *turn*."""

    def __init__(self, policy: Policy, name: str = "", turn: AbstractContextManager[None] | None = None) -> None:
        self._policy = policy
        self._name = name or policy.name or type(policy).__qualname__
        self._schedule = policy.schedule if turn is None else _within(turn, policy.schedule)
        self._system: System | None = None

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Bring the views up to date, call the policy, and return what it has decided."""
        system = self._system or self._begin(invocation)
        system.learn(invocation)
        try:
            self._schedule(system)
        except InputError:
            raise
        except (Exception, SystemExit) as error:
            summary = str(error) if isinstance(error, AlgorithmError) else "".join(format_exception_only(error)).strip()
            reason = f"{self._name} failed at {invocation.time:.15g} s: {summary}"
            hidden = () if type(self._policy).__module__.startswith("elastisim.") else (_PACKAGE,)
            raise AlgorithmError(reason, failure_report(error, *hidden)) from error
        return system.decisions()

    def finish(self) -> None:
        """Do nothing: a policy learns nothing of the end."""

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def _begin(self, invocation: Invocation) -> System:
        """Make the views, with the nodes that the first invocation lists."""
        desk = invocation.desk
        assert desk is not None
        desk.reports_progress = False
        if self._policy.state_driven:
            desk.skips_idle_ticks = True
        self._system = System(invocation.changes[0].table, desk)
        return self._system


def _within(turn: AbstractContextManager[None], schedule: Callable[[System], None]) -> Callable[[System], None]:
    def take_turn(system: System) -> None:
        with turn:
            schedule(system)

    return take_turn


def as_policy(source: object) -> Policy | None:
    """Return *source* as a policy: an object or a class, or a function of one argument; None if it is none of these.

    Raises InputError for a class that needs options.
    """
    if isinstance(source, Policy):
        return source
    if isinstance(source, type):
        if not issubclass(source, Policy):
            return None
        try:
            return source()
        except TypeError as error:
            raise InputError.at("", "", f"the policy {source.__qualname__} cannot be made: {error}") from None
    if callable(source) and _takes_one_argument(source):
        return PolicyFunction(source)
    return None


def _takes_one_argument(function: Callable[..., object]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = [
        parameter
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
    ]
    return len(positional) == 1 and not any(p.kind is p.VAR_POSITIONAL for p in parameters)
