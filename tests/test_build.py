"""The compiled build: which modules may be part of it, and how users tell that they have it."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hatchling.bridge.app import Application

from elastisim import version
from elastisim.cli.main import cli
from elastisim.results.provenance import Versions

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
HOOKS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
MODULES = HOOKS["custom"]["modules"]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that builds, on a system with all that it needs."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for variable in ("CC", "HATCH_BUILD_HOOK_ENABLE_CUSTOM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(module, "TRIED", (sys.platform, sys.implementation.name, [sys.version_info[:2]]))
    monkeypatch.setattr(module, "HEADER", Path(__file__))
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}" if name else None)
    return module


def build_data(hook: ModuleType, version: str = "standard") -> dict[str, Any]:
    """Return what building adds to a wheel."""
    data: dict[str, Any] = {"force_include": {}}
    made = hook.CompilingHook(str(ROOT), HOOKS["custom"], None, None, "", "wheel", Application())
    made.initialize(version, data)
    made.finalize(version, data, "")
    return data


@pytest.fixture
def made(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is to be compiled; compiling takes no time, and makes one extension."""
    modules: list[str] = []

    def run(command: list[str], cwd: Path, **options: Any) -> Any:
        modules.extend(command[-1].split())
        extension = cwd / "built" / "elastisim" / "kernel" / "fast.so"
        extension.parent.mkdir(parents=True)
        extension.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(hook.subprocess, "run", run)
    return modules


@pytest.fixture
def failed(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be compiled."""
    monkeypatch.setattr(hook.subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 1))


def test_where_there_is_a_compiler_the_inner_loops_are_compiled(hook: ModuleType, made: list[str]) -> None:
    """All listed modules, and the wheel says that it is for this system."""
    data = build_data(hook)

    assert [path.removeprefix("src/").removesuffix(".py").replace("/", ".") for path in made] == MODULES
    assert list(data["force_include"].values()) == ["elastisim/kernel/fast.so"]
    assert (data["pure_python"], data["infer_tag"]) == (False, True)
    assert not Path(next(iter(data["force_include"]))).exists()


def test_editable_installations_stay_interpreted(hook: ModuleType, made: list[str]) -> None:
    """There, a change of the sources is to take effect at once."""
    assert build_data(hook, "editable") == {"force_include": {}}
    assert made == []


@pytest.mark.parametrize("lack", ["compiler", "headers", "experience"])
def test_what_is_missing_is_not_needed(
    lack: str, hook: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The build is the interpreted one then, and fetches nothing; who insists on the compiled one has it tried."""
    assert hook.CompilingHook.dependencies(None) == hook.REQUIREMENTS
    match lack:
        case "compiler":
            monkeypatch.setattr(hook.shutil, "which", lambda name: None)
        case "headers":
            monkeypatch.setattr(hook, "HEADER", tmp_path / "Python.h")
        case "experience":
            monkeypatch.setattr(hook, "TRIED", (sys.platform, sys.implementation.name, []))

    assert build_data(hook) == {"force_include": {}}
    assert hook.CompilingHook.dependencies(None) == []

    monkeypatch.setenv("HATCH_BUILD_HOOK_ENABLE_CUSTOM", "1")
    assert build_data(hook)["pure_python"] is False
    assert hook.CompilingHook.dependencies(None) == hook.REQUIREMENTS


def test_a_compilation_that_fails_leaves_the_interpreted_build(
    hook: ModuleType, failed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so."""
    assert build_data(hook) == {"force_include": {}}
    assert "installing the interpreted one" in "".join(capsys.readouterr())


def test_a_compilation_that_fails_is_an_error_where_it_was_insisted_on(
    hook: ModuleType, failed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is needed, and how to do without."""
    monkeypatch.setenv("HATCH_BUILD_HOOK_ENABLE_CUSTOM", "1")

    with pytest.raises(SystemExit, match=r"C compiler and the headers of Python.*installs without either"):
        build_data(hook)


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
