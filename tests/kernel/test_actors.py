"""The order of events within one instant (spec section 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import (
    PAUSE,
    Activity,
    Actor,
    Barrier,
    Create,
    Mailbox,
    Receive,
    Send,
    Stage,
    Wait,
)
from elastisim.kernel.rank import SETTLE, Perform, Start

if TYPE_CHECKING:
    from elastisim.kernel.actors import Behaviour

Log = list[str]


def pausing(log: Log, name: str, steps: int) -> Behaviour:
    for step in range(steps):
        log.append(f"{name}{step}")
        yield PAUSE
    log.append(f"{name} ends")


def test_actors_take_turns_step_by_step() -> None:
    """In each step every runnable actor acts once, in the order in which they became runnable."""
    log: Log = []
    stage = Stage()
    stage.enter(pausing(log, "a", 2))
    stage.enter(pausing(log, "b", 1))
    stage.play()

    assert log == ["a0", "b0", "a1", "b ends", "a ends"]


def test_requests_are_served_after_all_have_acted() -> None:
    """What an actor requests is not visible to others before the next step."""
    log: Log = []
    stage = Stage()
    activity = Activity()

    def starter() -> Behaviour:
        def begin() -> Activity:
            log.append("begun")
            return activity

        log.append("requested")
        found = yield Start(begin)
        assert found is activity

    def watcher() -> Behaviour:
        log.append("watched")
        yield PAUSE

    stage.enter(starter())
    stage.enter(watcher())
    stage.play()

    assert log == ["requested", "watched", "begun"]


def test_barrier_wakes_in_order_of_arrival_and_can_be_used_again() -> None:
    """The last one to arrive is the last to go on, and the barrier holds the next time, too."""
    log: Log = []
    stage = Stage()
    barrier = Barrier(3)

    def behave(name: str, delay: int) -> Behaviour:
        for turn in range(2):
            for _ in range(delay):
                yield PAUSE
            yield barrier
            log.append(f"{name}{turn}")

    stage.enter(behave("a", 2))
    stage.enter(behave("b", 0))
    stage.enter(behave("c", 1))
    stage.play()

    assert log == ["b0", "c0", "a0", "b1", "c1", "a1"]


def test_barrier_blocks_without_the_last_one() -> None:
    """Nobody passes a barrier that not all have reached."""
    log: Log = []
    stage = Stage()
    barrier = Barrier(2)

    def behave() -> Behaviour:
        yield barrier
        log.append("passed")

    stage.enter(behave())
    stage.play()

    assert log == []


def test_created_actor_acts_before_its_creator() -> None:
    """A new actor is runnable before its creator goes on, so it acts first (R14.5)."""
    log: Log = []
    stage = Stage()
    cast: list[Actor] = []

    def creator() -> Behaviour:
        for name in ("x", "y"):
            yield Create(pausing(log, name, 1), cast)
            log.append(f"created {name}")

    stage.enter(creator())
    stage.play()

    assert log == ["x0", "created x", "x ends", "y0", "created y", "y ends"]
    assert all(actor.is_dead for actor in cast)
    assert len(cast) == 2


def test_mailbox_delivers_one_message_per_round() -> None:
    """Messages arrive in the order in which they were posted, with a whole round between them (R14.3)."""
    log: Log = []
    stage = Stage()
    mailbox = Mailbox()

    def receiver() -> Behaviour:
        while True:
            message = yield Receive(mailbox)
            log.append(f"got {message}")

    def sender(name: str) -> Behaviour:
        yield Send(mailbox, name)
        log.append(f"{name} sent")

    def clock() -> Behaviour:
        for round_number in range(3):
            log.append(f"round {round_number}")
            yield SETTLE

    stage.enter(receiver())
    stage.enter(sender("a"))
    stage.enter(sender("b"))
    stage.enter(clock())
    stage.play()

    assert log == ["round 0", "a sent", "got a", "round 1", "b sent", "got b", "round 2"]


def test_message_waits_for_its_receiver() -> None:
    """A message that is posted before anyone listens is delivered when someone does."""
    stage = Stage()
    mailbox = Mailbox()
    got: list[object] = []

    def sender() -> Behaviour:
        yield Send(mailbox, "early")

    def receiver() -> Behaviour:
        yield PAUSE
        yield PAUSE
        got.append((yield Receive(mailbox)))

    stage.enter(sender())
    stage.enter(receiver())
    stage.play()

    assert got == ["early"]


def test_message_of_a_dead_sender_still_arrives() -> None:
    """A sender that dies while its message is on the way does not take it back and is not woken (R7.11)."""
    stage = Stage()
    mailbox = Mailbox()
    log: Log = []

    def sender() -> Behaviour:
        yield Send(mailbox, "last words")
        log.append("alive")

    def killer() -> Behaviour:
        yield PAUSE
        victim.kill()
        yield PAUSE

    def receiver() -> Behaviour:
        message = yield Receive(mailbox)
        log.append(str(message))

    victim = stage.enter(sender())
    stage.enter(receiver())
    stage.enter(killer())
    stage.play()

    assert log == ["last words"]


def test_killed_actor_neither_acts_nor_is_served() -> None:
    """An actor that is killed in a step before its turn does nothing any more."""
    log: Log = []
    stage = Stage()

    def killer() -> Behaviour:
        yield PAUSE
        runnable.kill()
        requesting.kill()

    stage.enter(killer())
    runnable = stage.enter(pausing(log, "v", 9))
    requesting = stage.enter(pausing(log, "w", 9))
    stage.play()

    assert log == ["v0", "w0"]
    assert not stage.runnable


def test_wait_and_perform() -> None:
    """Waiting ends with the activity; for one that is over already it takes a step only."""
    log: Log = []
    stage = Stage()
    activity = Activity()

    def performer() -> Behaviour:
        yield Perform(lambda: activity)
        log.append("performed")

    def waiter(name: str) -> Behaviour:
        yield Wait(activity)
        log.append(name)

    stage.enter(performer())
    stage.enter(waiter("waited"))
    stage.play()
    assert log == []
    activity.end(stage)
    stage.play()
    assert log == ["performed", "waited"]
    assert not activity.waiting
    stage.enter(waiter("late"))
    stage.play()
    assert log[-1] == "late"


def test_cancelled_instantaneous_activity_does_not_end() -> None:
    """A zero-time activity that is over before its round wakes nobody."""
    stage = Stage()
    activity = Activity()
    woken = Actor(pausing([], "x", 1))
    activity.waiting.append(woken)
    activity.is_over = True
    stage.instantaneous.append(activity)
    stage.play()

    assert woken.answer is None
    assert activity.waiting == [woken]


def test_play_stops_when_it_is_over() -> None:
    """Nobody acts any more once the stage is over."""
    log: Log = []
    stage = Stage()

    def ender() -> Behaviour:
        yield PAUSE
        stage.is_over = True

    stage.enter(ender())
    stage.enter(pausing(log, "a", 5))
    stage.play()

    assert log == ["a0", "a1"]
