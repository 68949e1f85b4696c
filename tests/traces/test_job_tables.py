"""Tables of sites: columns found by name, cells understood, rows that are no jobs."""

import gzip
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import cleaned, entries

from elastisim.errors import InputError
from elastisim.workload.records import Status
from elastisim.workload.traces.cleaning import Report
from elastisim.workload.traces.formats import ReadOptions, available, detect
from elastisim.workload.traces.layout import count, duration, instant
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.source import Source

ALCF = """\
"JOB_NAME","COBALT_JOBID","MACHINE_NAME","QUEUED_TIMESTAMP","START_TIMESTAMP","END_TIMESTAMP","USERNAME_GENID",\
"PROJECT_NAME_GENID","QUEUE_NAME","WALLTIME_SECONDS","RUNTIME_SECONDS","NODES_USED","NODES_REQUESTED","EXIT_STATUS"
"a","500001","theta","2023-01-12 00:00:10","2023-01-12 00:01:10","2023-01-12 00:11:10","42","7","default","3600","600",\
"128","128","0"
"b","500002","theta","2023-01-12 00:00:30.5","2023-01-12 00:01:10","2023-01-12 00:01:40","43","7","debug","1800","30",\
"8","16","-29"
"""
NERSC = """\
Job,User,Submit,Start,End,Nodes Allocated,Elapsed Secs,timelimit,State
6001,u1,2022-11-07T08:00:00,2022-11-07T08:05:00,2022-11-07T08:06:00,4,60,30,COMPLETED
6002,u2,2022-11-07T08:00:20,2022-11-07T08:05:00,2022-11-07T09:05:00,1,3600,1:30:00,TIMEOUT
"""
SACCT = """\
JobID|JobName|User|Account|Partition|QOS|Submit|Start|End|ElapsedRaw|Timelimit|AllocNodes|ReqNodes|State|
900|"quoted|u|acc|batch|normal|2024-05-31T12:00:00|2024-05-31T12:00:05|2024-05-31T13:00:05|3600|02:00:00|4|4|COMPLETED|
900.batch|batch||acc||||||3600||1|1|COMPLETED|
900.0|hello||acc||||||3500||4|4|COMPLETED|
901_7|x|u|acc|batch|normal|2024-05-31T12:00:01|Unknown|Unknown|0|1-00:00:00|0|8|CANCELLED by 1000|
902|x|v|acc|batch|normal|2024-05-31T12:00:02|2024-05-31T12:00:02|Unknown|77|UNLIMITED|2|2|RUNNING|
903|x|v|acc|batch|normal|2024-05-31T12:00:03|2024-05-31T12:00:04|2024-05-31T12:00:09|5|Partition_Limit|2|2|OUT_OF_ME+|
904|x|v|acc|batch|normal|2024-05-31T12:00:03|2024-05-31T12:00:04|2024-05-31T12:00:09|5|5:00|2|2|PUZZLED|
"""


def test_cobalt(tmp_path) -> None:
    first, second = entries(tmp_path / "trace", ALCF)
    midnight = int(datetime(2023, 1, 12, tzinfo=UTC).timestamp())

    assert (first.identifier, first.submit, first.wait, first.runtime) == (500001, midnight + 10, 60, 600)
    assert (first.allocated, first.requested, first.limit, first.status) == (128, 128, 3600, Status.COMPLETED)
    assert (first.user, first.group, first.queue) == (42, 7, "default")
    assert second.submit == midnight + 30.5
    assert (second.allocated, second.requested, second.status) == (8, 16, Status.FAILED)


def test_nersc(tmp_path) -> None:
    first, second = entries(tmp_path / "trace", NERSC)

    assert (first.identifier, first.wait, first.runtime, first.allocated) == (6001, 300, 60, 4)
    assert first.limit == 30 * 60, "plain numbers are minutes"
    assert second.limit == 90 * 60
    assert (first.status, second.status) == (Status.COMPLETED, Status.FAILED)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("30", 1800), ("0", None), ("-5", None), ("4294967294", None), ("4294967295", None), ("", None), ("0:01", 1)],
)
def test_limits_that_are_none(tmp_path, text: str, limit: float | None) -> None:
    assert entries(tmp_path / "trace", NERSC.replace(",30,", f",{text},"))[0].limit == limit


def test_the_unit_of_limits_can_be_given(tmp_path) -> None:
    assert entries(tmp_path / "trace", NERSC, limit_unit=1.0)[0].limit == 30


def test_sacct(tmp_path) -> None:
    jobs = entries(tmp_path / "trace", SACCT)

    assert [job.identifier for job in jobs] == [900, "901_7", 902, 903, 904]
    assert [job.place for job in jobs] == [2, 5, 6, 7, 8]
    assert [job.runtime for job in jobs] == [3600, 0, 77, 5, 5]
    assert [job.limit for job in jobs] == [7200, 86400, None, None, 300]
    assert [job.allocated for job in jobs] == [4, None, 2, 2, 2]
    assert jobs[0].queue == "normal"
    assert [job.status for job in jobs[:3]] == [Status.COMPLETED, Status.CANCELLED, Status.UNFINISHED]
    assert [job.status for job in jobs[3:]] == [Status.FAILED, "PUZZLED"]


def test_steps_and_jobs_that_run_are_no_jobs_of_the_scenario(tmp_path) -> None:
    records, report = cleaned(tmp_path / "trace", SACCT, nodes=10)

    assert [record.identifier for record in records] == [900, 903, 904]
    assert report.skipped == {"job steps": 2}
    assert report.counts["unfinished"] == report.counts["never-started"] == report.counts["unknown-status"] == 1


def test_processors_are_used_where_there_are_no_nodes(tmp_path) -> None:
    trace = "JobID|Submit|Elapsed|NCPUS|State\n1|2024-01-01T00:00:00|00:01:40|96|COMPLETED\n"
    records, _ = cleaned(tmp_path / "trace", trace, nodes=10, per_node=32)

    assert (records[0].nodes, records[0].runtime) == (3, 100)


def test_processors_of_a_node_do_not_matter_where_sizes_are_nodes(tmp_path) -> None:
    records, report = cleaned(tmp_path / "trace", "id,submit,runtime,nodes\n1,0,5,7\n", nodes=10, per_node=4)

    assert records[0].nodes == 7
    assert not report.counts["partial-node"]


def test_run_time_from_start_and_end(tmp_path) -> None:
    trace = "JobID|Submit|Start|End|NNodes|State\n1|10|15|47|2|COMPLETED\n2|10|50|47|2|COMPLETED\n"
    first, second = entries(tmp_path / "trace", trace)

    assert (first.wait, first.runtime) == (5, 32)
    assert second.runtime == -3, "left to the rule for negative run times"


def _table(**columns: list) -> pl.DataFrame:
    return pl.DataFrame(columns)


def _pm100() -> pl.DataFrame:
    begin = datetime(2020, 5, 1, 0, 0, 10)
    return _table(
        job_id=[11, 12, 13],
        submit_time=[begin, begin + timedelta(seconds=5), begin + timedelta(seconds=9)],
        start_time=[begin, begin + timedelta(minutes=1), None],
        run_time=[120, 60, 1],
        num_nodes_alloc=[2, 4, 1],
        num_nodes_req=[2, 4, 1],
        time_limit=[60, 1440, None],
        job_state=["COMPLETED", "FAILED", "COMPLETED"],
        user_id=[1, 2, None],
        power_consumption=[[1.0, 2.0], [], [3.5]],
    )


def test_pm100(tmp_path) -> None:
    path = tmp_path / "job_table"
    _pm100().write_parquet(path)
    first, second, third = entries(path, path.read_bytes())

    assert (first.identifier, first.runtime, first.allocated, first.limit, first.wait) == (11, 120, 2, 3600, 0)
    assert first.submit == datetime(2020, 5, 1, 0, 0, 10, tzinfo=UTC).timestamp()
    assert (second.status, second.wait) == (Status.FAILED, 55)
    assert (third.limit, third.user, third.wait) == (None, None, None)
    assert entries(path, gzip.compress(path.read_bytes())) == [first, second, third]


def test_pm100_as_text_is_the_same(tmp_path) -> None:
    frame = _pm100().drop("power_consumption")
    frame.write_parquet(tmp_path / "binary")
    frame.write_csv(tmp_path / "text", datetime_format="%Y-%m-%d %H:%M:%S")
    binary, text = (entries(tmp_path / name, (tmp_path / name).read_bytes()) for name in ("binary", "text"))

    assert [job.place for job in binary] == [1, 2, 3]
    assert [job.place for job in text] == [2, 3, 4]
    for one, other in zip(binary, text, strict=True):
        one.place = other.place
    assert binary == text


def test_parquet_of_any_layout_needs_a_mapping(tmp_path) -> None:
    path = tmp_path / "table"
    _table(when=[5, 6], duration=[timedelta(seconds=90), timedelta(hours=1)], n=[3, 4]).write_parquet(path)
    with pytest.raises(InputError, match="unknown columns \\(when, duration, n\\); say what they hold with --column"):
        entries(path, path.read_bytes())
    columns = {"submit": "when", "runtime": "duration", "nodes": "n"}
    jobs = entries(path, path.read_bytes(), columns=columns)

    assert [(job.submit, job.runtime, job.allocated) for job in jobs] == [(5, 90, 3), (6, 3600, 4)]


def test_damaged_parquet_is_an_input_error(tmp_path) -> None:
    path = tmp_path / "table"
    _pm100().write_parquet(path)
    with pytest.raises(InputError, match="is no readable Parquet file"):
        entries(path, path.read_bytes()[:-20])


def test_canonical_names_need_no_mapping(tmp_path) -> None:
    trace = "id;submit;runtime;nodes;limit;status;queue\na;0;60;2;3:00;1;fast\nb;1.5;00:01:30;1;;5;\n"
    first, second = entries(tmp_path / "trace", trace)

    assert (first.identifier, first.submit, first.runtime, first.allocated, first.limit) == ("a", 0, 60, 2, 180)
    assert (first.status, first.queue) == (Status.COMPLETED, "fast")
    assert (second.submit, second.runtime, second.limit, second.queue) == (1.5, 90, None, None)
    assert second.status == Status.CANCELLED


def test_any_table_with_a_mapping(tmp_path) -> None:
    trace = "Name\tBegin of life\tCores\tLasted\nx\t100\t48\t60\n"
    columns = {"id": "Name", "submit": "begin OF life", "processors": "Cores", "runtime": "Lasted"}
    (job,) = entries(tmp_path / "trace", trace, columns=columns)

    assert (job.identifier, job.submit, job.allocated, job.runtime) == ("x", 100, 48, 60)


def test_requested_nodes_alone_are_nodes(tmp_path) -> None:
    columns = {"submit": "when", "requested_nodes": "n", "runtime": "t"}
    path = tmp_path / "trace"
    path.write_text("when,n,t\n0,6,5\n")
    options = ReadOptions(columns=columns)
    trace = detect(Source(path), options)[1].read(Source(path), options, Report(str(path), choose({})).flag)
    (job,) = trace.jobs

    assert trace.unit == "nodes"
    assert (job.allocated, job.requested) == (None, 6)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"colour": "Name"}, "there is no field 'colour'; fields are: id, submit"),
        ({"id": "Nome"}, "there is no column 'Nome'; columns are: Name, When"),
        ({"id": "Name"}, "no column for submit, runtime \\(or start and end\\), nodes or processors; say which with"),
    ],
)
def test_wrong_mappings(tmp_path, columns: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        entries(tmp_path / "trace", "Name,When\nx,5\n", columns=columns)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,2,3", "line 3: 3 fields where the header has 4"),
        ("1,soon,3,4", "line 3: submit is 'soon', expected seconds, or a date and time"),
        ("1,2,3,4.5", "line 3: nodes is '4.5', expected a whole number"),
        ("1,2,1:2:3:4,4", "line 3: runtime is '1:2:3:4', expected seconds, \\[hours:\\]minutes:seconds"),
    ],
)
def test_malformed_rows_name_line_and_cell(tmp_path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        entries(tmp_path / "trace", f"id,submit,runtime,nodes\n0,1,2,3\n{row}\n")


def test_text_that_is_no_utf8_is_an_input_error(tmp_path) -> None:
    with pytest.raises(InputError, match="is no UTF-8 text"):
        entries(tmp_path / "trace", b"id,submit,runtime,nodes\n0,1,2,3\n\xff\xfe,1,2,3\n")


def test_lines_are_counted_from_the_beginning_of_the_file(tmp_path) -> None:
    trace = '\n\nid,submit,runtime,nodes,user\n0,1,2,3,"a\nb"\n1,1,2,3,c\n'

    assert [job.place for job in entries(tmp_path / "trace", trace)] == [5, 6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(ALCF, "alcf"), (NERSC, "nersc"), (SACCT, "sacct"), ("id,submit,runtime,nodes\n1,2,3,4\n", "table")],
)
def test_formats_are_detected_by_columns_in_any_order_and_case(tmp_path, text: str, expected: str) -> None:
    header, _, rest = text.partition("\n")
    path = tmp_path / "misleading.swf"
    for variant in (header, header.lower(), header.upper()):
        path.write_text(f"{variant}\n{rest}")

        assert detect(Source(path), ReadOptions())[0] == expected


def test_all_formats_are_plugins_with_a_summary() -> None:
    formats = available()

    assert {"swf", "alcf", "nersc", "sacct", "pm100", "parquet", "batsim", "table"} <= set(formats)
    assert all(one.summary for one in formats.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("01:30", 90),
        ("02:00:00", 7200),
        ("1-00:00:00", 86400),
        ("2-03", 2 * 86400 + 3 * 3600),
        ("1-12:30", 86400 + 12 * 3600 + 30 * 60),
        ("00:00:01.250", 1.25),
        ("", None),
        ("UNLIMITED", None),
        ("-1", None),
        ("-30", -30),
    ],
)
def test_durations(text: str, expected: float | None) -> None:
    assert duration(text) == expected


def test_units_apply_to_plain_numbers_only() -> None:
    assert duration("2", 60) == 120
    assert duration(2, 60) == 120
    assert duration("2:00", 60) == 120


@pytest.mark.parametrize("text", ["1:2:3:4", "1-", "-", "a:b", "12:-5", "1-2-3", ":", "1:", "_1:00"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="seconds, "):
        duration(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1700000000", 1700000000),
        ("2023-11-14T22:13:20", 1700000000),
        ("2023-11-14 22:13:20.5", 1700000000.5),
        ("2023-11-14T23:13:20+01:00", 1700000000),
        ("2023-11-14T22:13:20Z", 1700000000),
        ("Unknown", None),
        (datetime(2023, 11, 14, 22, 13, 20), 1700000000),
        (17.5, 17.5),
        (float("nan"), None),
    ],
)
def test_instants(value: object, expected: float | None) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12", 12), ("12.0", 12), ("0", None), ("-1", None), ("", None), (7, 7), (7.0, 7), (0, None)],
)
def test_counts(value: object, expected: int | None) -> None:
    assert count(value) == expected


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([ALCF, NERSC, SACCT, "id,submit,runtime,nodes\n"]))
def test_garbage_behind_a_good_header_is_understood_or_an_input_error(
    tmp_path_factory, garbage: bytes, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage"
    try:
        jobs = entries(path, text.partition("\n")[0].encode() + b"\n" + garbage)
    except InputError:
        return
    assert all(job.allocated is None or job.allocated > 0 for job in jobs)
