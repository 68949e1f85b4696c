"""The fast fluid model does what the exact one does; both conserve work."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.kernel.actors import Wait
from elastisim.kernel.disk import Disk
from elastisim.kernel.exact import ExactFluidModel
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.profile import Change, Profiles
from elastisim.kernel.rank import Perform, Start
from elastisim.kernel.resource import Channel, Cpu, Demand
from elastisim.kernel.sensing import Sampler
from elastisim.platform.profile import ProfileKind

from .flows import amounts, link, make_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.kernel.actors import Behaviour
    from elastisim.kernel.fluid import FluidModel
    from elastisim.kernel.sensing import Sensor

MODELS = (ExactFluidModel, FastFluidModel)
both = pytest.mark.parametrize("kind", MODELS)


@dataclass
class Play:
    """What a model made of a script."""

    ends: dict[int, float] = field(default_factory=dict)
    samples: list[tuple[float, float]] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    due: list[float] = field(default_factory=list)
    now: float = 0.0


def run(model: FluidModel) -> None:
    """Play until nothing happens any more; the clock never goes back."""
    while True:
        model.stage.play()
        before = model.now
        if not model.advance():
            return
        assert model.now >= before


class Look:
    """A sensor that reads one number."""

    def __init__(self, model: FluidModel, see: Callable[[], float]) -> None:
        self.model = model
        self.see = see

    def read(self) -> tuple[float, float]:
        return self.see(), self.model.steady_until() if isinstance(self.model, FastFluidModel) else self.model.now


def sampler(
    model: FluidModel, interval: float, see: Callable[[], float], samples: list[tuple[float, float]]
) -> Sampler:
    """Return what takes samples of a number."""

    def receive(seen: Any, times: Sequence[float]) -> None:
        samples.extend((time, seen) for time in times)

    return Sampler(cast("Sensor", Look(model, see)), interval, receive)


def play(kind: type[FluidModel], script: Any, *, observed: bool = False) -> Play:
    """Let a model play a script: capacities, fat pipes, and what starts when."""
    capacities, fat, entries = script
    model = make_model(kind)
    links = [link(c, is_fatpipe=f, name=str(i)) for i, (c, f) in enumerate(zip(capacities, fat, strict=True))]
    disk = Disk("disk", 3.1e9, 1.7e9)
    result = Play(served=[0.0] * len(links), due=[0.0] * len(links))

    def behave(number: int, entry: Any) -> Behaviour:
        start, form, values, patience = entry
        yield Perform(partial(model.sleep, start))
        if form == "sleep":
            begin = partial(model.sleep, values)
        elif form == "disk":
            begin = partial(model.access, disk, *values)
        else:
            weights, limit, latency, multiplicity = values
            demand = Demand({links[i]: (w,) for i, w in weights.items()}, limit=limit, latency=latency)
            begin = partial(model.flow, demand, multiplicity)
        activity = yield Start(begin)
        if patience < math.inf:
            yield Perform(partial(model.sleep, patience))
            if not activity.is_over:
                model.cancel(activity)
                return
        yield Wait(activity)
        result.ends[number] = model.now
        if form == "flow":
            settle(values)

    def settle(values: Any) -> None:
        """Note what a flow has consumed."""
        weights, _, _, multiplicity = values
        for i, weight in weights.items():
            result.due[i] += weight * multiplicity

    for number, entry in enumerate(entries):
        model.stage.enter(behave(number, entry))
    if observed:
        model.observe(sampler(model, 0.3, lambda: sum(map(model.load, links)), result.samples))
    while True:
        model.stage.play()
        if model.is_idle:
            break
        before, loads = model.now, [model.load(item) for item in links]
        assert model.advance()
        assert model.now >= before
        for position, load in enumerate(loads):
            result.served[position] += load * (model.now - before)
    result.now = model.now
    return result


@st.composite
def scripts(draw: Any, *, steady: bool = False, disks: bool = True) -> Any:
    """Capacities, fat pipes, and (start, form, values, patience) of some activities.

    If *steady* there are neither fat pipes nor latencies, and nothing is cancelled.
    """
    capacities = draw(st.lists(amounts(1e8, 1e10), min_size=1, max_size=3))
    flows = st.tuples(
        st.dictionaries(st.integers(0, len(capacities) - 1), amounts(1e8, 1e10), min_size=1),
        st.one_of(st.just(math.inf), amounts(0.05, 5.0)),
        st.just(0.0) if steady else st.one_of(st.just(0.0), amounts(0.001, 0.5)),
        st.sampled_from((1, 1, 2, 5)),
    )
    forms = [st.tuples(st.just("flow"), flows)] * 4 + [st.tuples(st.just("sleep"), amounts(0.1, 3.0))]
    if disks:
        forms.append(st.tuples(st.just("disk"), st.tuples(amounts(1e12, 9e12), st.booleans())))
    patience = st.just(math.inf) if steady else st.one_of(st.just(math.inf), amounts(0.1, 3.0))
    entries = draw(st.lists(st.tuples(amounts(0.0, 4.0), st.one_of(forms), patience), min_size=1, max_size=7))
    pipes = [not steady and draw(st.booleans()) for _ in capacities]
    return capacities, pipes, [(start, form, values, wait) for start, (form, values), wait in entries]


@given(script=scripts())
@settings(max_examples=60, deadline=None)
def test_fast_and_exact_agree(script: Any) -> None:
    """All activities end in both models, at the same times, whatever starts and is cancelled meanwhile."""
    # The exact model knows no multiplicity: there it stands for several equal flows.
    exact, fast = play(ExactFluidModel, unfolded(script)), play(FastFluidModel, script)
    ends = {number: end for number, end in exact.ends.items() if number < len(script[2])}

    assert fast.ends == pytest.approx(ends, rel=1e-9, abs=1e-9)


def unfolded(script: Any) -> Any:
    """Write a flow of multiplicity m as m flows; the additional ones come last."""
    capacities, fat, entries = script
    more = []
    for start, form, values, patience in entries:
        if form == "flow":
            more += [(start, form, (*values[:3], 1), patience)] * (values[3] - 1)
    singles = [(s, f, (*v[:3], 1) if f == "flow" else v, p) for s, f, v, p in entries]
    return capacities, fat, singles + more


@given(script=scripts(steady=True, disks=False))
@settings(max_examples=25, deadline=None)
def test_work_is_conserved(script: Any) -> None:
    """What a link carries, summed over time, is what the flows had to send over it."""
    for kind, version in ((FastFluidModel, script), (ExactFluidModel, unfolded(script))):
        result = play(kind, version)
        assert result.served == pytest.approx(result.due, rel=1e-9)


@given(script=scripts(disks=False))
@settings(max_examples=25, deadline=None)
def test_observing_changes_nothing_and_both_models_see_the_same(script: Any) -> None:
    """In the fast model not a bit depends on samples; both models show the same loads at the same times."""
    silent, fast = play(FastFluidModel, script), play(FastFluidModel, script, observed=True)
    exact = play(ExactFluidModel, unfolded(script), observed=True)

    assert fast.ends == silent.ends
    assert fast.now == silent.now
    for (time, load), (expected_time, expected) in zip(fast.samples, exact.samples, strict=False):
        assert time == pytest.approx(expected_time, abs=1e-9)
        assert load == pytest.approx(expected, rel=1e-8, abs=1e-3)
    assert abs(len(fast.samples) - len(exact.samples)) <= 1


def ends_of(kind: type[FluidModel], *starts: Any, profiles: Profiles | None = None) -> list[float]:
    """Return when activities end that all begin at 0."""
    model = make_model(kind, profiles)
    ends: list[float] = [math.inf] * len(starts)

    def behave(number: int, start: Any) -> Behaviour:
        yield Perform(lambda: start(model))
        ends[number] = model.now

    for number, start in enumerate(starts):
        model.stage.enter(behave(number, start))
    run(model)
    return ends


def sending(*links: Channel, size: float, latency: float = 0.0, limit: float = math.inf) -> Any:
    """Return a start of a flow of *size* bytes over links."""
    demand = Demand(dict.fromkeys(links, (size,)), latency=latency, limit=limit)
    return lambda model: model.flow(demand)


@both
def test_latency_comes_first_and_consumes_nothing(kind: type[FluidModel]) -> None:
    """While one flow pays its latency the other has the link for itself."""
    pipe = link(100.0)

    assert ends_of(kind, sending(pipe, size=100.0, latency=0.5), sending(pipe, size=100.0)) == [2.0, 1.5]


@both
def test_worked_example_over_time(kind: type[FluidModel]) -> None:
    """The example of fluid-model 6: x and z finish at 10 s, y at 15.5 s."""
    a, b, s = link(10.0), link(40.0), link(100.0)
    x, y, z = sending(a, s, size=100.0), sending(s, size=1000.0), sending(b, s, size=400.0)

    assert ends_of(kind, x, y, z) == pytest.approx([10.0, 15.5, 10.0], rel=1e-12)


@both
def test_nothing_to_do_takes_no_time(kind: type[FluidModel]) -> None:
    """Empty flows and accesses of less than a byte end at once."""
    disk = Disk("disk", 1.0, 1.0)

    assert ends_of(kind, lambda model: model.flow(Demand()), lambda model: model.access(disk, 0.9, True)) == [0.0, 0.0]


def test_private_limit_alone() -> None:
    """In the fast model a flow whose resources are all folded away runs at the limit that is left of them."""
    assert ends_of(FastFluidModel, sending(size=1.0, limit=0.25)) == [4.0]


@both
def test_flow_joining_two_stars_couples_them(kind: type[FluidModel]) -> None:
    """A flow over two links slows down the flows on each, and when it is gone they are alone again."""
    a, b = link(100.0), link(100.0)
    ends = ends_of(kind, sending(a, size=100.0), sending(b, size=150.0), sending(a, b, size=50.0))

    # At 50 each until 1.0, when the coupling one has sent its 50; then 50 and 100 are left at 100 per second.
    assert ends == pytest.approx([1.5, 2.0, 1.0], rel=1e-12)


@both
def test_profile_changes_are_felt_on_the_way(kind: type[FluidModel]) -> None:
    """Bandwidth that halves in the middle of a transfer makes the rest take twice as long."""
    pipe = link(100.0)
    halved = Change(pipe, ProfileKind.BANDWIDTH, [(0.5, 50.0)])

    assert ends_of(kind, sending(pipe, size=100.0), profiles=Profiles([halved])) == [1.5]


@both
def test_speed_profile_changes_the_bound_of_a_computation(kind: type[FluidModel]) -> None:
    """A computation on a host whose speed doubles later ends earlier, though it uses only one of two cores."""
    cpu = Cpu("host", 10.0, 2, 0.5)
    doubled = Change(cpu, ProfileKind.SPEED, [(1.0, 1.0)])
    computing = Demand({cpu: (20.0,)}, ((cpu, 20.0),))

    assert ends_of(kind, lambda model: model.flow(computing), profiles=Profiles([doubled])) == [2.5]


@both
def test_disk_accesses_end_before_others(kind: type[FluidModel]) -> None:
    """Of things that end at the same instant the disk accesses come first, then the order of starts decides (F9.1)."""
    model = make_model(kind)
    order: list[str] = []

    def behave(name: str, start: Any) -> Behaviour:
        yield Perform(start)
        order.append(name)

    disk = Disk("disk", 100.0, 100.0)
    model.stage.enter(behave("flow", lambda: model.flow(Demand({link(100.0): (200.0,)}))))
    model.stage.enter(behave("sleep", lambda: model.sleep(2.0)))
    model.stage.enter(behave("disk", lambda: model.access(disk, 200.0, False)))
    run(model)

    assert order == ["disk", "flow", "sleep"]
    assert model.now == 2.0


@both
def test_a_link_without_bandwidth_makes_the_model_idle(kind: type[FluidModel]) -> None:
    """A flow that gets nothing does not keep a simulation going, and neither do samples."""
    model = make_model(kind)
    model.flow(Demand({link(0.0): (1.0,)}))
    model.observe(sampler(model, 1.0, lambda: 0.0, []))

    assert model.is_idle
    assert not model.advance()
    assert model.now == 0.0


@both
def test_cancelled_activities_wake_nobody(kind: type[FluidModel]) -> None:
    """What is cancelled vanishes, and the others get its share from that instant on."""
    model = make_model(kind)
    pipe = link(100.0)
    ends: list[float] = []

    def rival() -> Behaviour:
        flow = yield Start(lambda: model.flow(Demand({pipe: (1000.0,)})))
        yield Perform(lambda: model.sleep(1.0))
        model.cancel(flow)
        model.cancel(flow)

    def behave() -> Behaviour:
        yield Perform(lambda: model.flow(Demand({pipe: (100.0,)})))
        ends.append(model.now)

    model.stage.enter(rival())
    model.stage.enter(behave())
    run(model)

    assert ends == [1.5]
    assert model.now == 1.5


@both
@pytest.mark.parametrize("durations", sorted({*permutations((1.0, 1.0, 2.0, 3.0))}), ids=str)
def test_what_ends_at_the_same_instant_ends_together(kind: type[FluidModel], durations: tuple[float, ...]) -> None:
    """In whatever order it has begun."""
    model = make_model(kind)
    sleeps = [model.sleep(duration) for duration in durations]
    model.advance()

    assert [sleep.is_over for sleep in sleeps] == [duration == 1.0 for duration in durations]


def test_fast_model_sleeps_until_exact_dates() -> None:
    """A sleep until a date ends exactly then, without a sum in between."""
    model = FastFluidModel(make_model(FastFluidModel).precision, Profiles(()))
    model.sleep(0.1)
    assert model.advance()
    model.sleep_until(0.30000000000000004)
    assert model.advance()
    assert model.now == 0.30000000000000004
