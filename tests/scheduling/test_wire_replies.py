"""Replies of algorithms: decisions, and everything that is no reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.batch.invocation import Decision
from elastisim.errors import AlgorithmError
from elastisim.scheduling import wire

TIME = 7.25
DECISION: dict[str, Any] = {
    "id": 3,
    "assigned_node_ids": [5, 2],
    "assigned_num_gpus_per_node": 1,
    "kill_flag": False,
    "modified_runtime_args": True,
    "runtime_arguments": {"a": "1"},
}


def read_reply(message: Any, **options: Any) -> list[Decision]:
    return wire.read_reply(message, TIME, **options)


def reply(*decisions: Any, **fields: Any) -> dict[str, Any]:
    return {"code": 4293673985, "jobs": list(decisions), **fields}


def without(*fields: str, **changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**DECISION, **changes}.items() if key not in fields}


@pytest.fixture(params=[dict, lambda fields: json.dumps(fields).encode()], ids=["fields", "json"])
def form(request: pytest.FixtureRequest) -> Any:
    """Replies come as fields from the same process, as JSON from others."""
    return request.param


def test_decisions_keep_their_order(form: Any) -> None:
    second = without("runtime_arguments", id=1, modified_runtime_args=False)

    assert read_reply(form(reply(DECISION, second))) == [
        Decision(3, nodes=(5, 2), gpus_per_node=1, runtime_arguments={"a": "1"}),
        Decision(1, nodes=(5, 2), gpus_per_node=1),
    ]


def test_arguments_that_were_not_modified_stay_as_they_are(form: Any) -> None:
    assert read_reply(form(reply(without(modified_runtime_args=False))))[0].runtime_arguments is None


def test_a_killed_job_needs_nothing_else(form: Any) -> None:
    assert read_reply(form(reply({"id": 4, "kill_flag": True}))) == [Decision(4, kill=True)]


def test_kill_wins(form: Any) -> None:
    assert read_reply(form(reply({**DECISION, "kill_flag": True}))) == [Decision(3, kill=True)]


def test_rigid_jobs_need_no_number_of_gpus(form: Any) -> None:
    decision = without("assigned_num_gpus_per_node")

    assert read_reply(form(reply(decision)), rigid={3})[0].gpus_per_node == 0
    with pytest.raises(AlgorithmError, match=r"`assigned_num_gpus_per_node` - at `\$.jobs\[0\]`"):
        read_reply(form(reply(decision)), rigid={2})


def test_unknown_fields_are_ignored(form: Any) -> None:
    assert read_reply(form(reply({**DECISION, "more": 1}, more=2))) == read_reply(reply(DECISION))


@pytest.mark.parametrize(
    "field", ["id", "kill_flag", "assigned_node_ids", "modified_runtime_args", "runtime_arguments"]
)
def test_missing_fields_are_named(form: Any, field: str) -> None:
    with pytest.raises(AlgorithmError, match=rf"not valid: .*missing required field `{field}` - at `\$.jobs\[1\]`"):
        read_reply(form(reply(DECISION, without(field))))


@pytest.mark.parametrize("field", ["code", "jobs"])
def test_missing_fields_of_the_message_are_named(form: Any, field: str) -> None:
    fields = {key: value for key, value in reply(DECISION).items() if key != field}

    with pytest.raises(AlgorithmError, match=f"missing required field `{field}`"):
        read_reply(form(fields))


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("id", "3", "id"),
        ("id", True, "id"),
        ("id", None, "id"),
        ("kill_flag", 0, "kill_flag"),
        ("assigned_node_ids", 5, "assigned_node_ids"),
        ("assigned_node_ids", [1, "2"], r"assigned_node_ids\[1\]"),
        ("assigned_num_gpus_per_node", 1.5, "assigned_num_gpus_per_node"),
        ("modified_runtime_args", "no", "modified_runtime_args"),
        ("runtime_arguments", ["a"], "runtime_arguments"),
        ("runtime_arguments", {"a": 1}, r"runtime_arguments\[...\]"),
    ],
)
def test_fields_of_wrong_types_are_named(form: Any, field: str, value: Any, place: str) -> None:
    with pytest.raises(AlgorithmError, match=rf"not valid: Expected .* - at `\$.jobs\[0\].{place}`"):
        read_reply(form(reply({**DECISION, field: value})))


@pytest.mark.parametrize("message", [[], 3, None, "text"])
def test_anything_but_an_object_is_refused(message: Any) -> None:
    with pytest.raises(AlgorithmError, match=r"at 7.25 s is not valid: Expected `object`"):
        read_reply(json.dumps(message).encode())


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"hello", b'{"code": 1} {', b'{"x": ' + b"[" * 10_000])
def test_garbage_is_shown(garbage: bytes) -> None:
    with pytest.raises(AlgorithmError, match=r"at 7.25 s is not JSON") as caught:
        read_reply(garbage)

    assert str(caught.value).endswith(repr(garbage[:60]))


def test_unknown_codes_are_named(form: Any) -> None:
    with pytest.raises(AlgorithmError, match=r"reply .* at 7.25 s has the unknown code 4293673984"):
        read_reply(form({**reply(), "code": 4293673984}))


def test_a_failure_is_told_with_its_traceback(form: Any) -> None:
    with pytest.raises(AlgorithmError, match=r"^the scheduling algorithm failed at 7.25 s: ValueError: no$") as caught:
        read_reply(form({"code": 0xFFEC44FE, "error": "ValueError: no", "traceback": "Traceback …"}))

    assert caught.value.details == "Traceback …"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.sampled_from([*DECISION, "code", "jobs", "x"]), values),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_reply_or_an_error_of_the_algorithm(value: Any) -> None:
    for message in (value, reply(value)):
        try:
            decisions = read_reply(json.dumps(message).encode())
        except AlgorithmError:
            continue
        assert all(isinstance(decision, Decision) for decision in decisions)
