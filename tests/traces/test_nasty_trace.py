"""A trace with every kind of defect; the expectations stand in the trace, one before each line."""

import re
from pathlib import Path

import pytest
from reading import Noted, cleaned

NASTY = Path(__file__).parent / "data" / "nasty.swf"
EXPECT = re.compile(
    r"; EXPECT (?:nothing|job (?P<number>\d+) submit=(?P<submit>\S+) runtime=(?P<runtime>\S+) nodes=(?P<nodes>\d+) "
    r"limit=(?P<limit>\S+)) rules=(?P<rules>\S*)"
)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return cleaned(tmp_path_factory.mktemp("nasty") / "trace", NASTY.read_bytes(), malformed="drop")


def _expectations() -> list[tuple[int, re.Match[str]]]:
    """Return line numbers of entries with the expectation from the comment before them."""
    lines = NASTY.read_text(errors="replace").split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith(";"):
            match = EXPECT.fullmatch(lines[number - 2])
            assert match, f"line {number} has no expectation"
            found.append((number, match))
    return found


def test_there_are_many_kinds_of_defects() -> None:
    rules = {rule for _, match in _expectations() for rule in match["rules"].split(",") if rule}

    assert len(_expectations()) >= 45
    assert len(rules) >= 19


@pytest.mark.parametrize(("place", "expected"), _expectations(), ids=lambda value: f"{value}"[:60])
def test_rules_of_each_line(outcome: tuple[list, Noted], place: int, expected: re.Match[str]) -> None:
    noted = [rule for line, rule in outcome[1].notes if line == place]

    assert noted == [rule for rule in expected["rules"].split(",") if rule]


def test_exactly_the_expected_jobs_are_left(outcome: tuple[list, Noted]) -> None:
    expected = [
        (
            int(match["number"]),
            float(match["submit"]),
            float(match["runtime"]),
            int(match["nodes"]),
            None if match["limit"] == "none" else float(match["limit"]),
        )
        for _, match in _expectations()
        if match["number"]
    ]
    found = [(job.identifier, job.submit, job.runtime, job.nodes, job.limit) for job in outcome[0]]

    assert found == sorted(expected, key=lambda job: job[1])


def test_the_report_adds_up(outcome: tuple[list, Noted]) -> None:
    records, report = outcome
    entries = _expectations()

    assert report.read == len(entries)
    assert report.kept == len(records) == sum(match["number"] is not None for _, match in entries)
    assert report.read - report.kept == report.dropped.total()
    assert report.remarks == [
        (
            "jobs of which the trace has only parts, without an entry for the whole, are lost: 1 "
            "(--partial keep makes each part a job)"
        )
    ]
