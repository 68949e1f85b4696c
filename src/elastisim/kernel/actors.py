"""Actors and the order in which they act within one instant of simulated time (spec section 14).

An actor is a generator that yields requests.  Time stands still while actors act: in each *step* every runnable actor
runs up to its next request, then the requests are served in the same order; a request that does not block makes its
actor runnable in the next step.  When nobody is runnable, all pending zero-time activities end together and cause the
next *round* (R14.1).  The order decides ties between jobs, and with them last digits and sometimes whole schedules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TypeAlias

    Behaviour: TypeAlias = Generator["Request", Any, None]


class Actor:
    """Something that acts: runs a behaviour, one request after the other."""

    __slots__ = ("answer", "behaviour", "is_dead")

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.answer: Any = None
        self.is_dead = False

    def kill(self) -> None:
        """Stop acting at once; what the actor waits for goes on without it."""
        self.is_dead = True
        self.behaviour.close()


class Request(ABC):
    """What an actor yields in order to act on the world; takes one step (R14.2)."""

    __slots__ = ()

    @abstractmethod
    def serve(self, actor: Actor, stage: Stage) -> None:
        """Carry out the request; wake the actor now or arrange for it to be woken later."""


class Stage:
    """All actors of a simulation, and what is about to happen at the current instant."""

    __slots__ = ("instantaneous", "is_over", "runnable")

    def __init__(self) -> None:
        self.is_over = False
        self.runnable: list[Actor] = []
        self.instantaneous: list[Activity] = []

    def wake(self, actor: Actor, answer: object = None) -> None:
        """Let *actor* run in the next step; *answer* is the value of its ``yield``."""
        actor.answer = answer
        self.runnable.append(actor)

    def enter(self, behaviour: Behaviour) -> Actor:
        """Create an actor that acts from the next step on."""
        actor = Actor(behaviour)
        self.runnable.append(actor)
        return actor

    def play(self) -> None:
        """Play the current instant to its end: until nobody is runnable and no zero-time activity is pending.

        Stop early when ``is_over`` is set.
        """
        while True:
            while self.runnable and not self.is_over:
                self._step()
            if self.is_over or not self.instantaneous:
                return
            ending, self.instantaneous = self.instantaneous, []
            for activity in ending:
                if not activity.is_over:
                    activity.end(self)

    def _step(self) -> None:
        acting, self.runnable = self.runnable, []
        requests = []
        for actor in acting:
            if actor.is_dead:
                continue
            try:
                request = actor.behaviour.send(actor.answer)
            except StopIteration:
                actor.is_dead = True
            else:
                requests.append((actor, request))
        for actor, request in requests:
            if not actor.is_dead:
                request.serve(actor, self)


class Party(Protocol):
    """Whoever waits for an activity without being an actor."""

    def go_on(self) -> None:
        """Go on, as the only one who does anything at this instant."""
        ...

    def enter(self, stage: Stage) -> None:
        """Go on as an actor, who acts from the next step on."""
        ...


class Activity:
    """Something that takes simulated time, or at least one round.

    ``order`` is the number of the activity in the order of starts; activities that end at the same instant end in
    this order (F9.1).  Actors are ``waiting`` for the end, or a ``party``.
    """

    __slots__ = ("is_over", "order", "party", "waiting")

    def __init__(self) -> None:
        self.is_over = False
        self.order = 0
        self.waiting: list[Actor] = []
        self.party: Party | None = None

    def end(self, stage: Stage) -> None:
        """End, wake those who wait, and let the party enter among others."""
        self.is_over = True
        for actor in self.waiting:
            stage.wake(actor)
        self.waiting.clear()
        if self.party is not None:
            self.party.enter(stage)

    def end_alone(self, stage: Stage) -> None:
        """End as the only activity that ends at this instant, while nobody acts; let the party go on."""
        if self.party is None:
            self.end(stage)
        else:
            self.is_over = True
            self.party.go_on()


class Pause(Request):
    """Do nothing for one step: for requests whose only effect is the step that they take."""

    __slots__ = ()

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Let the actor go on."""
        stage.wake(actor)


PAUSE = Pause()


class Wait(Request):
    """Wait until an activity is over."""

    __slots__ = ("activity",)

    def __init__(self, activity: Activity) -> None:
        self.activity = activity

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Block unless the activity is over already."""
        if self.activity.is_over:
            stage.wake(actor)
        else:
            self.activity.waiting.append(actor)


class Create(Request):
    """Create an actor."""

    __slots__ = ("behaviour", "cast")

    def __init__(self, behaviour: Behaviour, cast: list[Actor]) -> None:
        self.behaviour = behaviour
        self.cast = cast

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Let the new actor enter before its creator goes on (R14.5)."""
        self.cast.append(stage.enter(self.behaviour))
        stage.wake(actor)


class Barrier(Request):
    """A meeting point for a fixed number of actors, to be used again and again."""

    __slots__ = ("arrived", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.arrived: list[Actor] = []

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Block until the last participant arrives; then all go on in order of arrival (R14.2)."""
        self.arrived.append(actor)
        if len(self.arrived) == self.size:
            for participant in self.arrived:
                stage.wake(participant)
            self.arrived.clear()


class Mailbox:
    """A first-in first-out queue of messages for one receiver; each delivery takes one round (R14.3)."""

    __slots__ = ("queue", "receiver")

    def __init__(self) -> None:
        self.queue: deque[tuple[object, Actor]] = deque()
        self.receiver: Actor | None = None

    def deliver_next(self, stage: Stage) -> None:
        """Bring the oldest message and the waiting receiver together, if there are both."""
        if self.queue and self.receiver is not None:
            message, sender = self.queue.popleft()
            stage.instantaneous.append(Delivery(message, sender, self.receiver))
            self.receiver = None


class Delivery(Activity):
    """The hand-over of a message; sender and receiver go on when it ends."""

    __slots__ = ("message", "receiver", "sender")

    def __init__(self, message: object, sender: Actor, receiver: Actor) -> None:
        super().__init__()
        self.message = message
        self.sender = sender
        self.receiver = receiver

    def end(self, stage: Stage) -> None:
        """Wake both sides; a sender that died meanwhile does not take its message back."""
        self.is_over = True
        if not self.sender.is_dead:
            stage.wake(self.sender)
        stage.wake(self.receiver, self.message)


class Send(Request):
    """Post a message and wait until it has been delivered."""

    __slots__ = ("mailbox", "message")

    def __init__(self, mailbox: Mailbox, message: object) -> None:
        self.mailbox = mailbox
        self.message = message

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Queue the message."""
        self.mailbox.queue.append((self.message, actor))
        self.mailbox.deliver_next(stage)


class Receive(Request):
    """Wait for the next message; it is the answer to the request."""

    __slots__ = ("mailbox",)

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Become the receiver of the oldest message."""
        self.mailbox.receiver = actor
        self.mailbox.deliver_next(stage)
