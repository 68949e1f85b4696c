import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import cleaned, entries, swf

from elastisim.errors import InputError
from elastisim.workload.traces.cleaning import Report
from elastisim.workload.traces.formats import ReadOptions, detect
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.source import Source
from elastisim.workload.traces.swf import FORMAT, SwfJob, header_value, parse, read_jobs, write_jobs

LINE = b"7 100 5 60.5 8 -1 -1 8 120 -1 1 3 4 -1 2 1 -1 -1"


def test_all_fields_are_read_in_their_order() -> None:
    job = parse(b"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18")

    assert job == SwfJob(*range(1, 19))
    assert (job.number, job.submit, job.wait, job.runtime, job.allocated) == (1, 2, 3, 4, 5)
    assert (job.average_cpu_time, job.used_memory, job.requested) == (6, 7, 8)
    assert (job.requested_time, job.requested_memory, job.status) == (9, 10, 11)
    assert (job.user, job.group, job.executable, job.queue, job.partition) == (12, 13, 14, 15, 16)
    assert (job.preceding_job, job.think_time) == (17, 18)


def test_times_may_be_fractional_and_keep_their_digits() -> None:
    assert parse(LINE).runtime == 60.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"1 2 3", "3 fields where the Standard Workload Format has 18"),
        (LINE.replace(b"60.5", b"soon"), "field 4 is 'soon', expected a number"),
        (LINE.replace(b" 8 ", b" 8.5 ", 1), "field 5 is '8.5', expected a whole number"),
        (LINE.replace(b"60.5", b"nan"), "field 4 is 'nan', expected a number"),
        (LINE.replace(b"60.5", b"6_0"), "field 4 is '6_0', expected a number"),
    ],
)
def test_bad_lines_say_which_field_is_wrong(line: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", "\\(")):
        parse(line)


def test_header_is_kept_and_tells_the_size_of_the_machine(tmp_path) -> None:
    path = tmp_path / "log"
    header = "; MaxNodes: 32 (and a spare one)\n;MaxProcs: 128\n; UnixStartTime: 1000\n;\n; Note: caf\u00e9\n"
    path.write_bytes(header.encode("latin-1") + LINE + b"\n; a comment at the end\n")
    trace = FORMAT.read(Source(path), ReadOptions(), Report("", choose({})).flag)

    assert (trace.nodes, trace.processors, trace.epoch) == (32, 128, 1000)
    assert len(list(trace.jobs)) == 1
    assert trace.header == [
        "MaxNodes: 32 (and a spare one)",
        "MaxProcs: 128",
        "UnixStartTime: 1000",
        "",
        "Note: caf\u00e9",
        "a comment at the end",
    ]
    assert header_value(trace.header, "maxnodes") == "32 (and a spare one)"
    assert header_value(trace.header, "Queue") is None


def test_unknown_values_become_none(tmp_path) -> None:
    (job,) = entries(tmp_path / "log", swf("number=3 submit=0"))

    assert (job.identifier, job.submit) == (3, 0)
    assert (job.wait, job.runtime, job.allocated, job.requested, job.limit) == (None,) * 5
    assert (job.user, job.group, job.queue, job.partition) == (None,) * 4


def test_compression_is_recognised_by_content(tmp_path) -> None:
    plain = swf("number=1 submit=0 runtime=5 allocated=2 limit=10").encode()
    packed, _ = cleaned(tmp_path / "log.txt", gzip.compress(plain))

    assert packed == cleaned(tmp_path / "log.gz", plain)[0]


def test_truncated_and_damaged_gzip_files_are_input_errors(tmp_path) -> None:
    lines = [f"number={n} submit={n * 37 % 1000} runtime={n * 7919 % 10007} allocated=2" for n in range(2000)]
    packed = gzip.compress(swf(*lines).encode())
    damaged = packed[:2000] + bytes(byte ^ 255 for byte in packed[2000:2100]) + packed[2100:]
    for content in (packed[:-9], packed[: len(packed) // 2], packed[:12], damaged):
        with pytest.raises(InputError, match="gzip file is damaged or cut off"):
            cleaned(tmp_path / "log", content)


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_random_bytes_are_input_errors(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random"
    with pytest.raises(InputError):
        cleaned(path, content)


def test_a_byte_order_mark_is_no_part_of_the_first_number(tmp_path) -> None:
    records, _ = cleaned(tmp_path / "log", b"\xef\xbb\xbf" + LINE + b"\n", nodes=8)

    assert [record.identifier for record in records] == [7]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (LINE, True),
        (b"\n\n" + LINE, True),
        (b"; only\n; comments\n", True),
        (b"; comments\n1 2 3\n" + LINE, True),
        (b"; comments\nand text\n", False),
        (b"1 2 3\n" + LINE, False),
        (b"id,submit,runtime,nodes\n1,2,3,4\n", False),
        (b"\x00\xff\x17", False),
    ],
)
def test_recognition_looks_at_content(sample: bytes, expected: bool) -> None:
    assert FORMAT.recognises(sample) is expected


def test_detection_needs_a_known_format(tmp_path) -> None:
    path = tmp_path / "trace.swf"
    path.write_text("Dear diary,\n")
    with pytest.raises(InputError, match=r"(?s)none of the known formats.*\n  swf: Standard Workload Format") as caught:
        detect(Source(path), ReadOptions())
    assert str(caught.value).count("\n") >= 8
    path.write_text(" \n")
    with pytest.raises(InputError, match="the file is empty"):
        detect(Source(path), ReadOptions())
    with pytest.raises(InputError, match="cannot be read: No such file"):
        detect(Source(tmp_path / "nothing"), ReadOptions())
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        detect(Source(tmp_path), ReadOptions())


counts = st.integers(-1, 10**9)
times = st.one_of(counts, st.floats(0, 1e12).map(lambda value: int(value) if value.is_integer() else value))
comments = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), max_size=4)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            SwfJob,
            number=counts,
            submit=times,
            wait=times,
            runtime=times,
            allocated=counts,
            average_cpu_time=times,
            used_memory=times,
            requested=counts,
            requested_time=times,
            requested_memory=times,
            status=st.integers(-1, 5),
            user=counts,
            group=counts,
            executable=counts,
            queue=counts,
            partition=counts,
            preceding_job=counts,
            think_time=times,
        )
    ),
    comments,
)
def test_what_is_written_is_read_back_identical(tmp_path_factory, jobs: list[SwfJob], header: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "written"
    with path.open("w", encoding="utf-8") as stream:
        write_jobs(jobs, stream, header)
    read_header: list[str] = []
    again = [job for _, job in read_jobs(Source(path), read_header, Report("", choose({})).flag)]

    assert again == jobs
    assert read_header == header


def test_numbers_are_written_without_needless_digits() -> None:
    stream = io.StringIO()
    write_jobs([SwfJob(1, 2.0, 0.1)], stream, ["Note: two\nlines"])

    assert stream.getvalue().startswith("; Note: two\n; lines\n1 2 0.1 -1 -1")
