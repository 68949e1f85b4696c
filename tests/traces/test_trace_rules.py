"""What actions other than the default ones do, the machine, the window, and the time origin."""

import math
from datetime import UTC, datetime

import pytest
from reading import cleaned, swf

from elastisim.errors import InputError
from elastisim.workload.traces.cleaning import Machine, Report, Window, clean
from elastisim.workload.traces.formats import ReadOptions
from elastisim.workload.traces.rules import RULES, choose
from elastisim.workload.traces.source import Source
from elastisim.workload.traces.swf import FORMAT

GOOD = "number=1 submit=0 wait=1 runtime=10 allocated=4 requested=4 limit=20 status=1"
OFFENDING = {
    "malformed": "number=2 submit=0 runtime=x",
    "extra-fields": GOOD.replace("number=1", "number=2") + " t=-1_-1",
    "unknown-submit": "number=2",
    "duplicate": GOOD,
    "partial": GOOD.replace("status=1", "status=2"),
    "unknown-status": GOOD.replace("number=1", "number=2").replace("status=1", "status=17"),
    "never-started": "number=2 submit=0 requested=4 limit=20 status=5",
    "cancelled": GOOD.replace("number=1", "number=2").replace("status=1", "status=5"),
    "failed": GOOD.replace("number=1", "number=2").replace("status=1", "status=0"),
    "unknown-runtime": "number=2 submit=0 allocated=4 limit=20",
    "negative-runtime": "number=2 submit=0 allocated=4 limit=20 runtime=-8",
    "zero-runtime": "number=2 submit=0 allocated=4 limit=20 runtime=0",
    "unknown-size": "number=2 submit=0 limit=20 runtime=5",
    "partial-node": "number=2 submit=0 limit=20 runtime=5 allocated=5",
    "too-large": "number=2 submit=0 limit=20 runtime=5 allocated=132",
    "negative-wait": "number=2 submit=0 limit=20 runtime=5 allocated=4 wait=-3",
    "unknown-limit": "number=2 submit=0 runtime=5 allocated=4",
    "overrun": "number=2 submit=0 runtime=30.5 limit=20 allocated=4",
    "out-of-order": "number=2 submit=0 runtime=5 limit=20 allocated=4",
}


def _clean(tmp_path, rule: str, action: str):
    good = GOOD.replace("submit=0", "submit=7") if rule == "out-of-order" else GOOD
    trace = swf(good, OFFENDING[rule], header="").replace("_", " ")
    return cleaned(tmp_path / "trace", trace, nodes=32, per_node=4, **{rule: action})


@pytest.mark.parametrize("rule", [rule for rule in RULES if "error" in RULES[rule].actions and rule in OFFENDING])
def test_the_action_error_names_place_defect_and_remedy(tmp_path, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        _clean(tmp_path, rule, "error")
    (problem,) = caught.value.problems

    assert problem.where == "line 2"
    assert f"--{rule} {next(action for action in RULES[rule].actions if action != 'error')}" in problem.message


@pytest.mark.parametrize("rule", [rule for rule in RULES if "drop" in RULES[rule].actions and rule in OFFENDING])
def test_the_action_drop_leaves_the_other_job_and_is_counted(tmp_path, rule: str) -> None:
    records, report = _clean(tmp_path, rule, "drop")

    assert [record.identifier for record in records] == [1]
    assert report.counts == report.dropped == {rule: 1}
    assert (report.read, report.kept) == (2, 1)
    assert report.examples[rule][0].startswith("line 2: ")


@pytest.mark.parametrize(
    "rule", ["extra-fields", "duplicate", "partial", "unknown-status", "cancelled", "failed", "negative-wait"]
)
def test_the_action_keep_counts_and_keeps(tmp_path, rule: str) -> None:
    records, report = _clean(tmp_path, rule, "keep")

    assert len(records) == 2
    assert records[1].runtime in (5, 10)
    assert report.counts[rule] == 1
    assert not report.dropped


@pytest.mark.parametrize(
    ("rule", "action", "runtime", "nodes", "limit"),
    [
        ("unknown-runtime", "limit", 20, 1, 20),
        ("negative-runtime", "limit", 20, 1, 20),
        ("zero-runtime", "keep", 0, 1, 20),
        ("zero-runtime", "second", 1, 1, 20),
        ("partial-node", "round-up", 5, 2, 20),
        ("too-large", "cap", 5, 32, 20),
        ("unknown-limit", "none", 5, 1, None),
        ("unknown-limit", "runtime", 5, 1, 5),
        ("overrun", "extend", 30.5, 1, 31),
        ("overrun", "kill", 30.5, 1, 20),
        ("overrun", "truncate", 20, 1, 20),
        ("out-of-order", "sort", 5, 1, 20),
    ],
)
def test_actions_that_change_the_job(tmp_path, rule: str, action: str, runtime, nodes, limit) -> None:
    records, report = _clean(tmp_path, rule, action)
    job = next(record for record in records if record.identifier == 2)

    assert (job.runtime, job.nodes, job.limit) == (runtime, nodes, limit)
    assert report.counts == {rule: 1}
    assert not report.dropped


def test_every_action_of_every_rule_is_covered_here() -> None:
    assert set(RULES) - set(OFFENDING) == {"size", "unfinished"}


def test_a_job_cancelled_before_it_ran_can_be_given_its_requested_time(tmp_path) -> None:
    trace = swf(OFFENDING["never-started"])
    records, report = cleaned(tmp_path / "trace", trace, never_started="keep", unknown_runtime="limit")

    assert records[0].runtime == 20
    assert report.counts == {"never-started": 1, "unknown-runtime": 1, "size": 1}


def test_run_time_and_requested_time_both_missing_drops_the_job(tmp_path) -> None:
    trace = swf(GOOD, "number=2 submit=0 allocated=4")
    records, report = cleaned(tmp_path / "trace", trace, unknown_runtime="limit")

    assert len(records) == 1
    assert report.dropped == {"unknown-runtime": 1}


@pytest.mark.parametrize(
    ("preference", "fields", "nodes", "is_counted"),
    [
        ("allocated", "allocated=3 requested=5", 3, True),
        ("requested", "allocated=3 requested=5", 5, True),
        ("allocated", "allocated=3", 3, False),
        ("requested", "allocated=3", 3, True),
        ("allocated", "requested=5", 5, True),
        ("requested", "requested=5", 5, False),
        ("allocated", "allocated=4 requested=4", 4, False),
    ],
)
def test_preferred_size_and_fallback(tmp_path, preference: str, fields: str, nodes: int, is_counted: bool) -> None:
    records, report = cleaned(tmp_path / "t", swf(f"number=1 submit=0 runtime=1 limit=1 {fields}"), size=preference)

    assert records[0].nodes == nodes
    assert report.counts == ({"size": 1} if is_counted else {})


@pytest.mark.parametrize(
    ("header", "nodes", "per_node", "expected"),
    [
        ("; MaxNodes: 10\n; MaxProcs: 40\n", None, None, (10, 4)),
        ("; MaxNodes: 10\n; MaxProcs: 45\n", None, None, (10, 1)),
        ("; MaxNodes: 10\n", None, None, (10, 1)),
        ("; MaxProcs: 40\n", None, None, (40, 1)),
        ("; MaxProcs: 42\n", None, 8, (6, 8)),
        ("; MaxNodes: 10\n; MaxProcs: 40\n", None, 2, (20, 2)),
        ("; MaxNodes: 10\n; MaxProcs: 40\n", 7, None, (7, 4)),
        ("", 7, 3, (7, 3)),
    ],
)
def test_machine_from_header_and_options(tmp_path, header: str, nodes, per_node, expected: tuple[int, int]) -> None:
    largest, processors_per_node = expected
    exact = largest * processors_per_node
    trace = swf(f"number=1 submit=0 runtime=1 allocated={exact}", header=header)
    records, report = cleaned(tmp_path / "trace", trace, nodes=nodes, per_node=per_node)

    assert records[0].nodes == largest
    assert not report.counts["partial-node"]
    trace = swf(f"number=1 submit=0 runtime=1 allocated={exact + 1}", header=header)
    with pytest.raises(InputError, match=f"needs {largest + 1} nodes, the machine has {largest}"):
        cleaned(tmp_path / "trace", trace, nodes=nodes, per_node=per_node, too_large="error")


def test_without_the_size_of_the_machine_it_must_be_given(tmp_path) -> None:
    with pytest.raises(InputError, match="give --nodes"):
        cleaned(tmp_path / "trace", swf(GOOD, header=""))


def test_nothing_left_says_why(tmp_path) -> None:
    trace = swf("number=1 submit=0 runtime=0 allocated=1", "number=2 submit=900 runtime=1 allocated=1")
    with pytest.raises(InputError, match="no job is left: 1 dropped by rule 'zero-runtime', 1 submitted outside"):
        cleaned(tmp_path / "trace", trace, end=900)
    with pytest.raises(InputError, match="no job is left: the trace has no entries"):
        cleaned(tmp_path / "trace", "; MaxNodes: 3\n")


def _submitted(tmp_path, *times: str, **options: object) -> list[float]:
    lines = [f"number={n} submit={time} runtime=1 allocated=1" for n, time in enumerate(times, 1)]
    return [record.submit for record in cleaned(tmp_path / "trace", swf(*lines), **options)[0]]


@pytest.mark.parametrize(
    ("origin", "expected"), [("first", [0, 20, 50]), ("keep", [30, 50, 80]), (10.0, [20, 40, 70]), (50.0, [-20, 0, 30])]
)
def test_time_origin(tmp_path, origin: object, expected: list[float]) -> None:
    assert _submitted(tmp_path, "50", "30", "80", origin=origin) == expected


def test_shifted_times_have_no_noise_behind_their_digits(tmp_path) -> None:
    assert _submitted(tmp_path, "1600000000.1", "1600000000.4", origin="first") == [0, 0.3]


def test_equal_times_keep_the_order_of_the_trace(tmp_path) -> None:
    trace = swf(*(f"number={n} submit={n % 2} runtime=1 allocated=1" for n in (5, 2, 7, 4)))
    records, report = cleaned(tmp_path / "trace", trace)

    assert [record.identifier for record in records] == [2, 4, 5, 7]
    assert report.counts["out-of-order"] == 2


def test_window_includes_its_begin_and_not_its_end(tmp_path) -> None:
    assert _submitted(tmp_path, "10", "20", "30", "40", begin=20, end=40) == [20, 30]


def test_window_by_date_needs_the_beginning_of_the_trace(tmp_path) -> None:
    path = tmp_path / "trace"
    window = Window(datetime(2001, 9, 9, 1, 46, 50, tzinfo=UTC), math.inf)
    for header, expected in (("; MaxNodes: 8\n; UnixStartTime: 1000000000\n", [10]), ("; MaxNodes: 8\n", None)):
        path.write_text(swf(*(f"number={n} submit={n} runtime=1 allocated=1" for n in (9, 10)), header=header))
        report = Report(str(path), choose({}))
        trace = FORMAT.read(Source(path), ReadOptions(), report.flag)
        if expected is None:
            with pytest.raises(InputError, match="does not say at which date it begins"):
                clean(trace, Machine(8), report, window, "keep")
        else:
            assert [record.submit for record in clean(trace, Machine(8), report, window, "keep")] == expected


def test_defects_outside_the_window_are_not_counted(tmp_path) -> None:
    trace = swf("number=1 submit=0 runtime=0 allocated=1", "number=2 submit=9 runtime=1 limit=1 allocated=1")
    _, report = cleaned(tmp_path / "trace", trace, begin=5)

    assert not report.counts
    assert (report.read, report.kept, report.outside_window) == (2, 1, 1)


def test_reports_name_only_the_first_places(tmp_path) -> None:
    trace = swf(GOOD, *(f"number={n} submit=0 runtime=0 allocated=1" for n in range(2, 9)))
    _, report = cleaned(tmp_path / "trace", trace)

    assert report.counts["zero-runtime"] == 7
    assert [place.split(":")[0] for place in report.examples["zero-runtime"]] == ["line 4", "line 5", "line 6"]


def test_unknown_rules_and_actions_are_input_errors() -> None:
    with pytest.raises(InputError, match="no rule 'flurries'"):
        choose({"flurries": "drop"})
    with pytest.raises(InputError, match="'cap' is no action for 'overrun'; possible are: extend, kill"):
        choose({"overrun": "cap"})
