"""The fast engine does what the exact engine does, on any scenario."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from .play import first_difference, play
from .random_scenarios import make_algorithm, scenarios

EXAMPLES = int(os.environ.get("ELASTISIM_RANDOM_SCENARIOS", "200"))
"""Scenarios to try; set the variable for a longer hunt, which does not shrink what it finds."""

PHASES = tuple(phase for phase in Phase if EXAMPLES <= 200 or phase is not Phase.shrink)


@given(files=scenarios())
@settings(
    max_examples=EXAMPLES, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
def test_engines_agree_on_random_scenarios(files: dict[str, str]) -> None:
    """All events happen in both engines, at the same times to 1e-9."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
        exact = play(directory, "exact", make_algorithm())
        fast = play(directory, "fast", make_algorithm())

    assert first_difference(exact, fast) is None
