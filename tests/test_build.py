"""The compiled build: which modules may be part of it, and how users tell that they have it."""

from __future__ import annotations

import ast
import importlib.util
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from elastisim import version
from elastisim.cli.main import cli
from elastisim.results.provenance import Versions

ROOT = Path(__file__).parents[1]
HOOKS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
MODULES = HOOKS["custom"]["modules"]


def test_the_build_is_interpreted_unless_asked_for() -> None:
    """Nobody needs a compiler by default."""
    assert HOOKS["custom"]["enable-by-default"] is False


@pytest.mark.parametrize("name", MODULES)
def test_compiled_modules_hold_nothing_that_mypyc_changes(name: str) -> None:
    """There, a cached property is computed each time, and neither dataclasses nor Structs can be made."""
    tree = ast.parse((ROOT / "src" / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
    decorators = [
        ast.unparse(decorator)
        for found in ast.walk(tree)
        if isinstance(found, ast.ClassDef | ast.FunctionDef)
        for decorator in found.decorator_list
    ]

    bases = [ast.unparse(base) for found in ast.walk(tree) if isinstance(found, ast.ClassDef) for base in found.bases]

    assert [text for text in decorators if "dataclass" in text or "cached" in text] == []
    assert "Struct" not in bases


def test_modules_are_listed_in_order_and_once() -> None:
    """So that a missing one can be seen."""
    assert sorted(set(MODULES)) == MODULES


@pytest.mark.parametrize(
    ("origin", "build"),
    [("/x/elastisim/kernel/fast.py", "interpreted"), ("/x/elastisim/kernel/fast.cpython-311-x86_64.so", "compiled")],
)
def test_users_can_tell(origin: str, build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results say what they come from."""
    spec = importlib.util.spec_from_file_location("elastisim.kernel.fast", origin)
    monkeypatch.setattr(version, "find_spec", lambda name: spec if name == "elastisim.kernel.fast" else None)

    assert version.build() == build
    assert Versions.current().build == build


def test_the_command_line_tells_as_well() -> None:
    """``elastisim --version`` names the build."""
    result = CliRunner().invoke(cli, ["--version"])

    assert result.output == f"elastisim, version {version.__version__} ({version.build()})\n"
