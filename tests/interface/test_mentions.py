"""Nodes of messages, told of together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from messages import invocation, node_fields

from elastisim_python.interface import Client
from elastisim_python.mention import Mention, Mentions

GPUS = [[], [{"id": 0, "state": 0}], [{"id": 0, "state": 1}]]

NODES = st.lists(
    st.builds(
        lambda identifier, state, kind, jobs, gpus: node_fields(
            identifier, state=state, type=kind, assigned_jobs=jobs, gpus=gpus
        ),
        st.integers(0, 20),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from([[], [0], [1, 0]]),
        st.sampled_from(GPUS),
    ),
    unique_by=lambda fields: fields["id"],
)


def test_alike_nodes_are_mentioned_together() -> None:
    mentions = Mentions.of([node_fields(3), node_fields(1), node_fields(2, state=1), node_fields(0)])

    assert [mention.identifiers for mention in mentions.alike] == [[3, 1], [2], [0]]
    assert mentions.identifiers == [3, 1, 2, 0]


def test_the_last_mention_of_a_node_counts() -> None:
    assert list(Mentions.of([node_fields(0), node_fields(0, state=1)])) == [node_fields(0, state=1)]


def test_mentions_are_left_as_they_are() -> None:
    mentions = Mentions([Mention([0], 0, 0, [], [])])

    assert Mentions.of(mentions) is mentions


@given(NODES)
def test_it_is_the_sequence_of_the_fields_of_nodes(nodes: list[dict[str, object]]) -> None:
    mentions = Mentions.of(nodes)

    assert list(mentions) == nodes
    assert [mentions[index] for index in range(len(mentions))] == nodes
    assert mentions[1:] == nodes[1:]
    assert bool(mentions) == bool(nodes)


def test_what_a_script_does_to_the_message_does_not_reach_the_nodes() -> None:
    mentions = Mentions([Mention([0], 0, 0, [], [{"id": 0, "state": 0}])])
    found = []

    def schedule(jobs: object, nodes: list[object], system: dict[str, list[dict[str, list[object]]]]) -> None:
        for name in ("assigned_jobs", "gpus"):
            system["nodes"][0][name].clear()
            found.append(nodes[0])

    Client(schedule).answer({**invocation(), "nodes": mentions})  # type: ignore[arg-type]

    assert len(found[0].gpus) == 1  # type: ignore[attr-defined]
