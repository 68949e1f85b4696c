"""Policies of other packages: found by their entry points, refused where they are no policies."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from elastisim.errors import InputError
from elastisim.scheduling.policies import registry
from elastisim.scheduling.policy import as_policy

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''from elastisim.scheduling import Policy

class Whole(Policy):
    """Decides nothing."""

    def schedule(self, system):
        pass

class Incomplete(Policy):
    """Forgets to decide."""

class Other:
    pass
'''

ENTRIES = "\n".join(
    [
        "[elastisim.policies]",
        *(f"extra-{name.lower()} = extra_policies:{name}" for name in ("Whole", "Incomplete", "Other", "Absent")),
    ]
)


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "extra_policies.py").write_text(MODULE)
    metadata = tmp_path / "extra_policies-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: extra-policies\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_policy_of_another_package_is_found_by_its_name() -> None:
    assert "extra-whole" in registry.available()
    assert registry.describe("extra-whole").summary == "Decides nothing."
    assert registry.make_policy("extra-whole").name == "extra-whole"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("extra-incomplete", "has no method schedule: extra_policies:Incomplete"),
        ("extra-other", "is not a subclass of Policy: extra_policies:Other"),
        ("extra-absent", "cannot be loaded from extra_policies:Absent"),
    ],
)
def test_what_is_no_policy_is_refused(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"the policy '{name}' {reason}"):
        registry.make_policy(name)


def test_a_class_without_a_decision_cannot_be_passed_either() -> None:
    incomplete = import_module("extra_policies").Incomplete
    with pytest.raises(InputError, match=r"the policy Incomplete cannot be made: .*schedule"):
        as_policy(incomplete)
