"""Enumerations of the interface behave like others, at the price of a plain attribute."""

import copy
import pickle
from enum import Enum

import pytest

import elastisim_python
from elastisim_python import GpuState, InvocationType, JobState, JobType, NodeState, NodeType

ALL = (GpuState, InvocationType, JobState, JobType, NodeState, NodeType)


@pytest.mark.parametrize("enumeration", ALL)
def test_members_are_found_without_asking_the_metaclass(enumeration: type[Enum]) -> None:
    assert not hasattr(type(enumeration), "__getattr__")


@pytest.mark.parametrize("enumeration", ALL)
def test_members_are_reached_in_every_way(enumeration: type[Enum]) -> None:
    members = list(enumeration)
    assert len(enumeration) == len(members) > 1
    assert bool(enumeration)
    assert list(reversed(enumeration)) == members[::-1]
    for member in members:
        assert isinstance(member, enumeration)
        assert isinstance(member, Enum)
        assert member in enumeration
        assert enumeration(member.value) is member
        assert enumeration[member.name] is member
        assert getattr(enumeration, member.name) is member
        assert enumeration.__members__[member.name] is member
        assert member.name in dir(enumeration)
        assert copy.deepcopy(member) is member
        assert pickle.loads(pickle.dumps(member)) is member
        assert repr(member) == f"<{enumeration.__name__}.{member.name}: {member.value}>"


def test_the_class_reads_as_an_enumeration() -> None:
    assert repr(NodeState) == "<enum 'NodeState'>"
    assert elastisim_python.NodeState is NodeState


def test_what_is_no_member_is_refused() -> None:
    with pytest.raises(ValueError, match="17 is not a valid JobState"):
        JobState(17)
    with pytest.raises(KeyError, match="WAITING"):
        JobState["WAITING"]
    with pytest.raises(AttributeError, match="WAITING"):
        JobState.WAITING  # noqa: B018
