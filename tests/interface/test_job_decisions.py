"""Jobs as algorithms see them, and what they can decide."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import job_fields, node_fields

from elastisim_python import Job, JobState, JobType, Node


def nodes(*identifiers: int) -> list[Node]:
    return [Node(node_fields(identifier)) for identifier in identifiers]


def assigned(job: Job) -> list[int]:
    return [node.identifier for node in job.assigned_nodes]


def test_a_malleable_job_has_minima_and_maxima() -> None:
    job = Job(job_fields(3, arguments={"a": "1"}, completed_phases=2))

    assert (job.identifier, job.type, job.state) == (3, JobType.MALLEABLE, JobState.PENDING)
    assert (job.num_nodes_min, job.num_nodes_max, job.num_gpus_per_node_min, job.num_gpus_per_node_max) == (1, 8, 0, 4)
    assert job.num_nodes is None
    assert job.num_gpus_per_node is None
    assert (job.walltime, job.submit_time, job.start_time, job.end_time) == (60.0, 2.5, -1.0, -1.0)
    assert (job.wait_time, job.makespan, job.turnaround_time) == (-1.0, -1.0, -1.0)
    assert (job.arguments, job.attributes, job.runtime_arguments) == ({"a": "1"}, {}, {})
    assert (job.total_phase_count, job.completed_phases) == (4, 2)
    assert (job.assigned_nodes, job.assigned_node_ids, job.assigned_num_gpus_per_node) == ([], set(), 0)
    assert (job.modified, job.modified_runtime_args, job.kill_flag) == (False, False, False)


def test_a_rigid_job_has_a_number_of_nodes() -> None:
    job = Job(job_fields(type=0))

    assert (job.num_nodes, job.num_gpus_per_node) == (2, 1)
    assert job.num_nodes_min is job.num_nodes_max is None
    assert job.num_gpus_per_node_min is job.num_gpus_per_node_max is None


@pytest.mark.parametrize("type_", list(JobType))
@pytest.mark.parametrize("state", list(JobState))
def test_types_and_states_are_members_of_the_enumerations(type_: JobType, state: JobState) -> None:
    job = Job(job_fields(type=type_.value, state=state.value))

    assert job.type is type_
    assert job.state is state


def test_jobs_are_equal_and_ordered_by_identifier() -> None:
    first, again, second = Job(job_fields(1)), Job(job_fields(1, state=4)), Job(job_fields(2))

    assert first == again
    assert first != second
    assert first != 1
    assert hash(first) == hash(again)
    assert sorted([second, first]) == [first, second]
    assert [second, first].index(again) == 1


def test_jobs_without_dictionaries_do_not_share_them() -> None:
    first, second = Job(job_fields(1)), Job(job_fields(2))

    first.update_runtime_argument("key", 1)
    first.arguments["a"] = "1"
    first.attributes["b"] = "2"

    assert (second.runtime_arguments, second.arguments, second.attributes) == ({}, {}, {})


def test_jobs_made_of_the_same_fields_do_not_share_dictionaries() -> None:
    fields = job_fields(arguments={"a": "1"}, attributes={"b": "2"}, runtime_arguments={"c": "3"})
    first, second = Job(fields), Job(fields)

    for dictionary in (first.arguments, first.attributes, first.runtime_arguments):
        dictionary.clear()

    assert (second.arguments, second.attributes, second.runtime_arguments) == ({"a": "1"}, {"b": "2"}, {"c": "3"})


def test_algorithms_may_replace_the_class_and_add_attributes() -> None:
    class MyJob(Job):
        def __str__(self) -> str:
            return f"mine {self.identifier}"

    job = Job(job_fields(5))
    job.__class__ = MyJob
    job.estimate = 3.5  # type: ignore[attr-defined]
    job.num_nodes_min = 2
    job.arguments["speed"] = 7  # type: ignore[assignment]

    job.assign(nodes(4))

    assert str(job) == "mine 5"
    assert vars(job)["estimate"] == 3.5
    assert job.to_dict()["assigned_node_ids"] == [4]


class TestAssign:
    def test_nodes_are_appended_in_their_order(self) -> None:
        job = Job(job_fields())

        job.assign(nodes(5, 3))
        job.assign(nodes(4))

        assert assigned(job) == [5, 3, 4]
        assert job.assigned_node_ids == {3, 4, 5}
        assert job.modified

    def test_it_is_also_called_assigned(self) -> None:
        job = Job(job_fields())

        job.assigned(nodes(1))

        assert assigned(job) == [1]

    def test_a_single_node_is_enough(self) -> None:
        job = Job(job_fields())

        job.assign(nodes(6)[0])

        assert assigned(job) == [6]

    def test_nodes_are_not_assigned_twice(self) -> None:
        job = Job(job_fields())

        job.assign(nodes(2, 1, 2))
        job.assign(nodes(1, 3))

        assert assigned(job) == [2, 1, 3]

    @pytest.mark.parametrize("kind", [tuple, iter, dict.fromkeys])
    def test_any_iterable_of_nodes_will_do(self, kind: type) -> None:
        job = Job(job_fields())

        job.assign(kind(nodes(9, 2)))

        assert assigned(job) == [9, 2]

    @pytest.mark.parametrize("kind", [set, frozenset])
    def test_nodes_of_a_set_are_assigned_by_identifier(self, kind: type) -> None:
        job = Job(job_fields())

        job.assign(kind(nodes(*range(40, 0, -1))))

        assert assigned(job) == list(range(1, 41))

    def test_no_node_is_a_decision_too(self) -> None:
        job = Job(job_fields())

        job.assign([])

        assert job.modified

    @pytest.mark.parametrize(
        ("argument", "named"),
        [(3, "3"), (None, "None"), ([1, 2], "1"), ("n1", "'n1'"), ([None], "None"), (Job(job_fields(7)), "Job 7")],
    )
    @pytest.mark.parametrize("method", ["assign", "remove"])
    def test_anything_else_is_refused_by_name(self, method: str, argument: object, named: str) -> None:
        job = Job(job_fields())

        with pytest.raises(TypeError, match=f"Job.{method} expects .*{named}"):
            getattr(job, method)(argument)

        assert not job.modified
        assert job.assigned_nodes == []


class TestRemove:
    def test_nodes_are_recognised_by_identifier(self) -> None:
        job = Job(job_fields())
        job.assign(nodes(1, 2, 3))
        job.modified = False

        job.remove(nodes(1, 3))

        assert assigned(job) == [2]
        assert job.assigned_node_ids == {2}
        assert job.modified

    def test_a_slice_of_the_own_list_can_be_removed(self) -> None:
        job = Job(job_fields())
        job.assign(nodes(1, 2, 3))

        job.remove(job.assigned_nodes[-2:])
        job.remove(job.assigned_nodes)

        assert job.assigned_nodes == []

    def test_nodes_of_others_are_ignored(self) -> None:
        job = Job(job_fields())
        job.assign(nodes(1))

        job.remove(nodes(2)[0])

        assert assigned(job) == [1]


class TestKill:
    def test_kill_wins_over_an_assignment(self) -> None:
        job = Job(job_fields())
        job.assign(nodes(1))

        job.kill()

        assert job.to_dict()["kill_flag"] is True

    @pytest.mark.parametrize("method", ["assign", "remove"])
    def test_nothing_can_be_assigned_or_removed_after_it(self, method: str) -> None:
        job = Job(job_fields(4))
        job.kill()

        with pytest.raises(RuntimeError, match=f"cannot {method} nodes: job 4 is flagged to be killed"):
            getattr(job, method)(nodes(1))

    def test_the_other_decisions_are_still_possible(self) -> None:
        job = Job(job_fields())
        job.kill()

        job.assign_num_gpus_per_node(1)
        job.update_runtime_argument("a", 1)

    def test_the_flag_stays(self) -> None:
        job = Job(job_fields())
        job.kill()

        job.to_dict()

        assert job.kill_flag
        assert not job.modified


class TestGpus:
    def test_the_number_alone_is_no_decision(self) -> None:
        job = Job(job_fields())

        job.assign_num_gpus_per_node(3)

        assert job.assigned_num_gpus_per_node == 3
        assert not job.modified

    def test_whole_floating_point_numbers_become_integers(self) -> None:
        job = Job(job_fields())

        job.assign_num_gpus_per_node(2.0)  # type: ignore[arg-type]

        assert repr(job.to_dict()["assigned_num_gpus_per_node"]) == "2"

    @pytest.mark.parametrize("value", [1.5, "2", None, float("nan"), float("inf"), [1]])
    def test_anything_but_a_whole_number_is_refused(self, value: object) -> None:
        job = Job(job_fields())

        with pytest.raises(TypeError, match="expects a whole number, not"):
            job.assign_num_gpus_per_node(value)  # type: ignore[arg-type]

    def test_negative_numbers_are_refused(self) -> None:
        job = Job(job_fields())

        with pytest.raises(ValueError, match="cannot be negative: -1"):
            job.assign_num_gpus_per_node(-1)


class TestRuntimeArguments:
    def test_values_become_text_and_are_sent_in_full(self) -> None:
        job = Job(job_fields(runtime_arguments={"a": "1"}))

        job.update_runtime_argument("b", 2.5)

        assert job.modified
        assert job.to_dict()["runtime_arguments"] == {"a": "1", "b": "2.5"}

    def test_names_are_strings(self) -> None:
        with pytest.raises(TypeError, match="the name of a runtime argument is a string, not 3"):
            Job(job_fields()).update_runtime_argument(3, 4)  # type: ignore[arg-type]


class TestDecision:
    def test_it_has_the_fields_of_a_reply(self) -> None:
        job = Job(job_fields(6, runtime_arguments={"a": "1"}))
        job.assign(nodes(8, 7))
        job.assign_num_gpus_per_node(2)

        assert list(job.to_dict().items()) == [
            ("id", 6),
            ("assigned_node_ids", [8, 7]),
            ("assigned_num_gpus_per_node", 2),
            ("kill_flag", False),
            ("modified_runtime_args", False),
        ]

    def test_it_counts_as_sent(self) -> None:
        job = Job(job_fields())
        job.update_runtime_argument("a", 1)

        job.to_dict()

        assert not job.modified
        assert not job.modified_runtime_args
        assert "runtime_arguments" not in job.to_dict()

    def test_it_follows_the_list_of_nodes(self) -> None:
        job = Job(job_fields())
        job.assigned_nodes.extend(nodes(3))

        assert job.to_dict()["assigned_node_ids"] == [3]


def test_a_copy_does_not_decide_for_the_original() -> None:
    job = Job(job_fields())

    twin = copy.deepcopy(job)
    twin.assign(nodes(1))

    assert not job.modified
    assert job.assigned_nodes == []


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 12), max_size=6)), max_size=8))
def test_identifiers_and_list_of_nodes_always_agree(steps: list[tuple[bool, list[int]]]) -> None:
    job = Job(job_fields())
    expected: list[int] = []

    for adds, identifiers in steps:
        if adds:
            job.assign(nodes(*identifiers))
            expected += dict.fromkeys(identifier for identifier in identifiers if identifier not in expected)
        else:
            job.remove(nodes(*identifiers))
            expected = [identifier for identifier in expected if identifier not in identifiers]

    assert assigned(job) == expected
    assert job.assigned_node_ids == set(expected)
