from __future__ import annotations

from itertools import islice

import pytest
from describing import document, platform

from elastisim.errors import InputError
from elastisim.platform import ProfileKind, read_platform
from elastisim.platform.profile import read_schedule


def test_a_schedule_without_period_ends():
    schedule = read_schedule("# comment\n\n% other comment\n0.0 1.0\n 2.5\t0.5 \n")

    assert list(schedule.events()) == [(0.0, 1.0), (2.5, 0.5)]


def test_dates_may_be_equal():
    assert read_schedule("1 2\n1 3").points == ((1.0, 2.0), (1.0, 3.0))


def test_the_dates_of_a_periodic_schedule_repeat():
    schedule = read_schedule("0 1\n2 0.5", period=10.0)

    assert list(islice(schedule.events(), 5)) == [(0, 1), (2, 0.5), (10, 1), (12, 0.5), (20, 1)]


def test_lines_of_a_file_set_the_period():
    assert read_schedule("PERIODICITY 5\n1 1").period == 5
    assert read_schedule("1 1\n3 2\nLOOPAFTER 4").period == 7
    assert read_schedule("1 1\n", period=-1).period == 0


def test_a_periodic_schedule_without_events_ends():
    assert list(read_schedule("PERIODICITY 5").events()) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1", "line 1 of the profile: '1' is not a date and a value"),
        ("1 2 3", "not a date and a value"),
        ("1 2\n0.5 1", "line 2 of the profile: date 0.5 comes after the later date 1"),
        ("1 -2", "not negative"),
        ("-1 2", "not negative"),
        ("a 2", "not a number"),
        ("1 inf", "not a finite number"),
        ("PERIODICITY 2\n3 1", "repeats after 2 s, before its last date 3 s"),
        ("1 1\nLOOPAFTER -1", "negative"),
        ("STOCHASTIC LOOP\nDET 1 NORM 0.5 0.1", "stochastic"),
    ],
)
def test_refused_schedules(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_schedule(text)


def test_traces_are_connected_wherever_the_element_stands():
    found = platform(
        '<trace id="t" periodicity="10.0">0.0 0.5\n2.5 1.0</trace><trace id="w" periodicity="0">1 2e6</trace>'
        '<trace_connect kind="SPEED" trace="t" element="a"/>'
        '<zone id="z" routing="Full"><host id="a" speed="1Gf"/><link id="l" bandwidth="1MBps"/></zone>'
        '<trace_connect kind="BANDWIDTH" trace="w" element="l"/>'
    )

    speed, bandwidth = found.profiles
    assert (speed.kind, speed.resource, speed.period) == (ProfileKind.SPEED, found.host("a"), 10.0)
    assert (bandwidth.kind, bandwidth.resource) == (ProfileKind.BANDWIDTH, found.link("l"))
    assert list(bandwidth.events()) == [(1.0, 2e6)]
    assert found.host("a").availability == 0.5
    assert found.host("a").speed == 1e9


def test_events_of_date_zero_set_the_state_of_a_host():
    found = platform(
        '<trace id="off" periodicity="0">0 0\n5 1</trace><trace id="later" periodicity="0">1 0</trace>'
        '<zone id="z" routing="Full"><host id="a" speed="1Gf"/><host id="b" speed="1Gf"/></zone>'
        '<trace_connect kind="HOST_AVAIL" trace="off" element="a"/>'
        '<trace_connect kind="HOST_AVAIL" trace="later" element="b"/>'
    )

    assert [host.on for host in found.hosts] == [False, True]


def test_files_are_searched_beside_the_platform_and_in_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "speed.txt").write_text("0 0.25\n")
    (tmp_path / "here.txt").write_text("1 5e5\nPERIODICITY 4\n")
    (tmp_path / "beside" / "platform.xml").write_text(
        document(
            '<zone id="z" routing="Full"><host id="a" speed="1Gf" availability_file="speed.txt"/>'
            '<link id="l" bandwidth="1MBps" bandwidth_file="here.txt" latency_file="speed.txt"/></zone>'
        )
    )
    monkeypatch.chdir(tmp_path)

    found = read_platform("beside/platform.xml")

    kinds = [(profile.kind, profile.resource.name, profile.period) for profile in found.profiles]
    assert kinds == [
        (ProfileKind.SPEED, "a", 0.0),
        (ProfileKind.BANDWIDTH, "l", 4.0),
        (ProfileKind.LATENCY, "l", 0.0),
    ]
    assert found.host("a").availability == 0.25


def test_a_split_duplex_link_hands_its_profile_to_both_halves(tmp_path):
    (tmp_path / "bandwidth.txt").write_text("1 5e5\n")
    (tmp_path / "platform.xml").write_text(
        document(
            '<zone id="z" routing="Full"><link id="l" bandwidth="1MBps" sharing_policy="SPLITDUPLEX" '
            'bandwidth_file="bandwidth.txt"/></zone>'
        )
    )

    found = read_platform(tmp_path / "platform.xml")

    assert [profile.resource.name for profile in found.profiles] == ["l_UP", "l_DOWN"]


def test_a_trace_may_be_a_file(tmp_path):
    (tmp_path / "t.txt").write_text("2 0.5\n")
    (tmp_path / "platform.xml").write_text(
        document(
            '<trace id="t" periodicity="7" file="t.txt"/><zone id="z" routing="Full"><host id="a" speed="1f"/></zone>'
            '<trace_connect kind="SPEED" trace="t" element="a"/>'
        )
    )

    (profile,) = read_platform(tmp_path / "platform.xml").profiles

    assert (list(profile.events()), profile.where) == ([(2.0, 0.5)], "line 4")


def test_an_error_in_a_profile_file_names_both_files(tmp_path):
    (tmp_path / "bad.txt").write_text("1 1\nnonsense\n")
    (tmp_path / "platform.xml").write_text(
        document('<zone id="z" routing="Full">\n<host id="a" speed="1Gf" speed_file="bad.txt"/></zone>')
    )

    with pytest.raises(
        InputError, match=r"platform\.xml: line 5: <host speed_file>: .*bad\.txt: line 2 of the profile"
    ):
        read_platform(tmp_path / "platform.xml")
