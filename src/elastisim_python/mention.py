"""The nodes of a message: those that are alike are told of, and learnt, together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Mention:
    """Nodes whose fields (R8.9) are the same except for their identifiers."""

    __slots__ = ("assigned_jobs", "gpus", "identifiers", "state", "type")

    def __init__(
        self,
        identifiers: list[int],
        node_type: int,
        state: int,
        assigned_jobs: Sequence[int],
        gpus: Sequence[Mapping[str, int]],
    ) -> None:
        self.identifiers = identifiers
        self.type = node_type
        self.state = state
        self.assigned_jobs = assigned_jobs
        self.gpus = gpus

    def fields(self, identifier: int) -> dict[str, Any]:
        """Return the fields of one of the nodes."""
        return {
            "assigned_jobs": list(self.assigned_jobs),
            "gpus": [dict(gpu) for gpu in self.gpus] if self.gpus else [],
            "id": identifier,
            "state": self.state,
            "type": self.type,
        }


class Mentions(Sequence[dict[str, Any]]):
    """All nodes of a message in order, each once: the sequence of their fields, made of those that are alike.

    A simulator in the same process has it as it is; over ZeroMQ, the fields of each node are sent.
    """

    def __init__(self, alike: Sequence[Mention], identifiers: list[int] | None = None) -> None:
        """Tell of nodes that are *alike*; *identifiers* are theirs, for whom it costs less to know."""
        self.alike = alike
        if identifiers is None:
            identifiers = [identifier for mention in alike for identifier in mention.identifiers]
        self.identifiers = identifiers

    @classmethod
    def of(cls, nodes: Sequence[Mapping[str, Any]]) -> Mentions:
        """Return the nodes of a message, however they are given."""
        if isinstance(nodes, Mentions):
            return nodes
        alike: list[Mention] = []
        last = None
        # The original simulator mentions a node once for each of its changes, always with its final state.
        for identifier, fields in {fields["id"]: fields for fields in nodes}.items():
            common = fields["type"], fields["state"], fields["assigned_jobs"], fields["gpus"]
            if common != last:
                alike.append(Mention([], *common))
                last = common
            alike[-1].identifiers.append(identifier)
        return cls(alike)

    def __len__(self) -> int:
        return len(self.identifiers)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._fields)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self._fields[index]

    @cached_property
    def _fields(self) -> list[dict[str, Any]]:
        return [mention.fields(identifier) for mention in self.alike for identifier in mention.identifiers]
