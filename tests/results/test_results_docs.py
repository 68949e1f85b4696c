"""The manual of results names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elastisim.cli.export import FORMATS
from elastisim.results.files import RECORDERS
from elastisim.results.provenance import RunDescription
from elastisim.results.results import Results

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text()


def rows_after(heading: str) -> list[str]:
    part = PAGE.split(heading, 1)[1].split("\n#", 1)[0]
    return [
        name for row in re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) for name in re.findall(r"`([^`]*)`", row)
    ]


def test_every_result_file_is_described() -> None:
    assert set(rows_after("## Result files")) == {*RECORDERS, "run.json"}


def test_every_key_of_the_provenance_is_described() -> None:
    assert set(rows_after("### run.json")) == set(RunDescription.__struct_fields__) - {"format"}


def test_every_format_is_described() -> None:
    assert rows_after("## Other tools") == list(FORMATS)


@pytest.mark.parametrize("name", re.findall(r"^results\.(\w+)", PAGE, re.MULTILINE))
def test_what_the_example_uses_exists(name: str) -> None:
    assert hasattr(Results, name)
