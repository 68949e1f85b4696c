"""What several tests of the kernel look at."""

from __future__ import annotations

from typing import Any

import pytest

from elastisim.kernel.rank import Rank


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[Rank]:
    """The ranks that have made a step as actors, once for each step."""
    ranks: list[Rank] = []
    perform = Rank._perform

    def counted(rank: Rank, *arguments: Any) -> Any:
        ranks.append(rank)
        return perform(rank, *arguments)

    monkeypatch.setattr(Rank, "_perform", counted)
    return ranks
