"""Pages are self-contained, and hold what the results hold."""

from __future__ import annotations

import base64
import json
import re
import zlib
from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import write_run

from elastisim.errors import InputError
from elastisim.results.comparison import compare, open_contender
from elastisim.results.history import Stay, node_ranges
from elastisim.results.reading import read_history
from elastisim.results.report.comparison_page import write_comparison
from elastisim.results.report.contents import merge_short_stays
from elastisim.results.report.payload import Payload
from elastisim.results.report.run_page import write_report
from elastisim.results.tables import open_run

if TYPE_CHECKING:
    from pathlib import Path


def unpack(text: str) -> tuple[dict[str, Any], dict[str, array[Any]]]:
    """Unpack the data of a page as its script does."""
    content = zlib.decompress(base64.b64decode(text))
    length = int(content[:8])
    header = json.loads(content[8 : 8 + length])
    start = (8 + length + 7) // 8 * 8
    columns = {}
    for name, (kind, offset, count) in header["columns"].items():
        columns[name] = array(kind)
        size = columns[name].itemsize
        assert (start + offset) % size == 0
        columns[name].frombytes(content[start + offset : start + offset + count * size])
    return header["document"], columns


def data_of(page: str) -> tuple[dict[str, Any], dict[str, array[Any]]]:
    found = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', page)
    assert found
    return unpack(found[1])


@given(
    st.dictionaries(
        st.text("abc.", min_size=1, max_size=4),
        st.tuples(st.sampled_from("BHId"), st.lists(st.integers(0, 255), max_size=9)),
        max_size=6,
    )
)
def test_columns_come_out_as_they_went_in(columns: dict[str, tuple[str, list[int]]]) -> None:
    payload = Payload()
    payload.document = {"title": "ünïcode </script>"}
    for name, (kind, values) in columns.items():
        payload.add(name, kind, values)
    document, found = unpack(payload.pack())
    assert document == payload.document
    assert {name: (column.typecode, list(column)) for name, column in found.items()} == columns


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    write_run(made / "run", jobs=60, nodes=24, days=0.2, largest=16, sensing=600.0)
    write_run(made / "other", jobs=60, nodes=30, days=0.2, largest=16, name="wide")
    write_run(made / "part", jobs=60, nodes=24, days=0.2, largest=16, interrupt_at=0.5)
    return made


def report(path: Path, target: Path) -> str:
    run = open_run(path)
    write_report(read_history(run), run.description, target)
    return target.read_text()


def test_a_report_needs_nothing_but_itself(directory: Path, tmp_path: Path) -> None:
    page = report(directory / "run", tmp_path / "report.html")
    assert not re.search(r"""(src|href)\s*=|@import|url\(|https?://|//[a-z]+\.""", page)
    assert "default-src 'none'" in page
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_report_holds_all_jobs_and_stays(directory: Path, tmp_path: Path) -> None:
    history = read_history(open_run(directory / "run"))
    document, columns = data_of(report(directory / "run", tmp_path / "report.html"))
    assert document["node_names"] == list(history.nodes)
    assert list(columns["job.id"]) == [job.identifier for job in history.jobs]
    assert list(columns["job.turnaround"]) == [job.turnaround for job in history.jobs]
    assert [document["users"][user] for user in columns["job.user"]] == [job.attributes["user"] for job in history.jobs]
    assert [document["types"][kind] for kind in columns["job.type"]] == [job.type for job in history.jobs]
    stays = []
    for stay, job in enumerate(columns["stay.job"]):
        ranges = range(columns["stay.ranges"][stay], columns["stay.ranges"][stay + 1])
        nodes = tuple((columns["range.first"][i], columns["range.end"][i] - 1) for i in ranges)
        stays.append((job, Stay(columns["stay.start"][stay], columns["stay.end"][stay], nodes)))
    assert sorted(stays, key=lambda item: (item[0], item[1].start)) == [
        (position, stay) for position, job in enumerate(history.jobs) for stay in job.stays
    ]
    assert list(columns["busy.value"]) == history.busy.values
    assert document["curves"] == ["cpu", "network", "pfs_read", "pfs_write", "pfs_read_relative", "pfs_write_relative"]
    assert list(columns["network.value"]) == history.samples["network_activity"].values["network"]
    assert document["merged_below"] == 0.0


def test_a_report_says_where_the_results_come_from(directory: Path, tmp_path: Path) -> None:
    page = report(directory / "run", tmp_path / "report.html")
    for text in (
        "algorithm option depth",
        "scheduling_interval",
        "CPython",
        "completed",
        "Node utilisation",
        "malleable",
    ):
        assert text in page
    assert "class=partial" not in page


def test_the_report_of_an_interrupted_run_says_so(directory: Path, tmp_path: Path) -> None:
    page = report(directory / "part", tmp_path / "report.html")
    assert "Partial results: the run did not reach its end (interrupted)" in page
    document, columns = data_of(page)
    assert document["partial"] is True
    assert {document["statuses"][status] for status in columns["job.status"]} >= {"completed", "running", "pending"}


def test_names_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    bad = tmp_path / "<script>alert(1)</script>" / "$run & co"
    bad.mkdir(parents=True)
    (bad / "node_utilization.csv").write_text(
        "Time,Node,State,Running jobs,Expected jobs\n0,</script><b>,free,none,none\n1,</script><b>,allocated,0,none\n"
    )
    page = report(bad, tmp_path / "report.html")
    assert "<script>alert" not in page
    assert "</script><b>" not in page
    assert "$run &amp; co" in page
    assert data_of(page)[0]["node_names"] == ["</script><b>"]


def test_a_run_of_the_original_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "job_statistics.csv").write_text(
        "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"
    )
    page = report(tmp_path, tmp_path / "report.html")
    assert "Unknown: there is no <code>run.json</code>" in page
    assert len(data_of(page)[1]["job.id"]) == 0


def test_a_page_that_cannot_be_written_is_an_input_error(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        report(directory / "run", tmp_path / "file" / "report.html")


def test_equal_results_make_equal_pages(directory: Path, tmp_path: Path) -> None:
    assert report(directory / "run", tmp_path / "a.html") == report(directory / "run", tmp_path / "b.html")


def test_a_comparison_is_self_contained_too(directory: Path, tmp_path: Path) -> None:
    contenders = [open_contender(directory / name) for name in ("run", "other", "part")]
    write_comparison(contenders, compare(contenders), tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    assert not re.search(r"""(src|href)\s*=|@import|url\(|https?://|//[a-z]+\.""", page)
    document, columns = data_of(page)
    assert [run["name"] for run in document["runs"]] == [contender.name for contender in contenders]
    assert len(columns["0.job.id"]) == len(columns["1.job.id"]) == 60
    assert f"Interrupted: {contenders[2].name}" in page
    assert "algorithm" in page


STAYS = st.lists(
    st.lists(st.tuples(st.floats(0.1, 50.0), st.sets(st.integers(0, 30), min_size=1)), min_size=1, max_size=8),
    min_size=1,
    max_size=6,
)


@given(STAYS, st.integers(1, 60))
def test_short_stays_are_merged_without_moving_jobs(drawn: list[list[tuple[float, set[int]]]], most: int) -> None:
    jobs = []
    for own in drawn:
        time = 0.0
        stays = []
        for length, nodes in own:
            stays.append(Stay(time, time + length, node_ranges(nodes)))
            time += length
        jobs.append(stays)
    merged, span = merge_short_stays(jobs, most)
    for before, after in zip(jobs, merged, strict=True):
        assert (after[0].start, after[-1].end) == (before[0].start, before[-1].end)
        assert all(a.end == b.start for a, b in pairwise(after))
        assert {stay.nodes for stay in after} <= {stay.nodes for stay in before}
        # Only what is shorter than the span has been merged.
        assert all(stay in before or stay.end - stay.start < span for stay in after)
    count = sum(len(stay.nodes) for own in merged for stay in own)
    if sum(len(stay.nodes) for own in jobs for stay in own) <= most:
        assert (merged, span) == (jobs, 0.0)
    elif count > most:
        assert all(len(own) == 1 for own in merged) or span >= max(own[-1].end for own in jobs)


def test_of_short_stays_the_longest_one_is_drawn() -> None:
    stays = [
        Stay(0.0, 1.0, ((0, 0),)),
        Stay(1.0, 9.0, ((1, 1),)),
        Stay(9.0, 10.0, ((2, 2),)),
        Stay(10.0, 900.0, ((3, 3),)),
    ]
    merged, span = merge_short_stays([stays], 2)
    assert merged == [[Stay(0.0, 10.0, ((1, 1),)), Stay(10.0, 900.0, ((3, 3),))]]
    assert 10.0 < span < 900.0
