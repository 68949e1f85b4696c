"""Scripts that run within this process as if they were alone in one."""

from __future__ import annotations

import os
import queue
import sys
import threading
from pathlib import Path

import pytest

from elastisim.errors import InputError
from elastisim.scheduling.script import Script


def write(directory: Path, **files: str) -> Path:
    """Write Python files; return the path of the one called ``algorithm``."""
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        file = directory / Path(*name.split("__")).with_suffix(".py")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return directory / "algorithm.py"


def run(path: Path, name: str = "__main__") -> Script:
    script = Script(path, name)
    with script:
        script.execute()
    return script


def test_a_script_is_the_main_program(tmp_path: Path) -> None:
    text = """
import sys
import __main__
seen = (__name__, __file__, sys.argv, sys.path[0], sys.modules["__main__"].__dict__ is globals(), __spec__)
"""
    path = write(tmp_path, algorithm=text)

    script = run(path)

    assert script.module.seen == ("__main__", str(path), [str(path)], str(tmp_path), True, None)


def test_what_the_process_has_once_is_restored(tmp_path: Path) -> None:
    path = write(tmp_path, algorithm="import sys, helper; sys.argv = ['x']; sys.path.append('y')", helper="")
    before = (sys.argv, list(sys.argv), sys.path, list(sys.path), sys.modules["__main__"], set(sys.modules))

    run(path)

    assert before == (sys.argv, list(sys.argv), sys.path, list(sys.path), sys.modules["__main__"], set(sys.modules))


def test_it_is_restored_after_an_error_too(tmp_path: Path) -> None:
    path = write(tmp_path, algorithm="import helper; 1/0", helper="")
    before = (sys.argv, sys.path, sys.modules["__main__"], set(sys.modules))

    with pytest.raises(ZeroDivisionError):
        run(path)

    assert before == (sys.argv, sys.path, sys.modules["__main__"], set(sys.modules))


def test_changes_of_the_script_last_from_turn_to_turn(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a",
        algorithm=f"""
import sys
sys.path.append({str(tmp_path / "b")!r})
sys.argv.append("more")
def late():
    import elsewhere
    return sys.argv[1:], elsewhere.value
""",
    )
    write(tmp_path / "b", elsewhere="value = 3")
    script = run(path)

    for _ in range(2):
        with script:
            assert script.module.late() == (["more"], 3)
    assert "elsewhere" not in sys.modules


def test_modules_are_imported_once_per_run(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        algorithm="""
import helper, package.inner
def count():
    import helper as again, lazy
    assert again is helper
    helper.calls.append(1)
    lazy.calls.append(1)
    package.inner.calls.append(1)
    return len(helper.calls), len(lazy.calls), len(package.inner.calls)
""",
        helper="calls = []",
        lazy="from helper import calls as others; calls = []; assert others == []",
        package____init__="",
        package__inner="calls = []",
    )
    first, second = run(path), run(path)

    with first:
        assert first.module.count() == (1, 1, 1)
    with second:
        assert second.module.count() == (1, 1, 1)
    with first:
        assert first.module.count() == (2, 2, 2)
    assert not {"helper", "lazy", "package", "package.inner"} & set(sys.modules)


def test_modules_written_since_the_last_run_are_found(tmp_path: Path) -> None:
    """Even if the clock of the file system is too coarse to tell that the directory has changed."""
    text = """
try: import helper, late
except ImportError: found = False
else: found = True
"""
    path = write(tmp_path, algorithm=text, helper="")
    assert not run(path).module.found
    looked_at = tmp_path.stat().st_mtime_ns

    write(tmp_path, late="")
    os.utime(tmp_path, ns=(looked_at, looked_at))

    assert run(path).module.found


def test_scripts_of_different_directories_do_not_share_modules(tmp_path: Path) -> None:
    text = "import helper\nfrom helper import name\ndef late():\n    import other\n    return name, other.name"
    scripts = [
        run(write(tmp_path / name, algorithm=text, helper=f"name = {name!r}", other=f"name = {name!r}"))
        for name in ("a", "b")
    ]

    names = []
    for script in scripts:
        with script:
            names.append(script.module.late())

    assert names == [("a", "a"), ("b", "b")]


def test_modules_of_the_program_around_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "program", helper="name = 'program'")
    monkeypatch.syspath_prepend(tmp_path / "program")
    import helper  # type: ignore[import-not-found]

    try:
        script = run(write(tmp_path / "a", algorithm="import helper; name = helper.name", helper="name = 'a'"))

        assert script.module.name == "a"
        assert sys.modules["helper"] is helper
    finally:
        del sys.modules["helper"]


def test_modules_may_be_called_like_those_of_the_standard_library(tmp_path: Path) -> None:
    script = run(write(tmp_path, algorithm="import queue; name = queue.name", queue="name = 'own'", os="1/0"))

    assert script.module.name == "own"
    assert sys.modules["queue"] is queue


def test_directories_without_init_are_packages_too(tmp_path: Path) -> None:
    script = run(write(tmp_path, algorithm="import parts.first; name = parts.first.name", parts__first="name = 1"))

    assert script.module.name == 1
    assert "parts" not in sys.modules


def test_a_directory_does_not_hide_an_installed_package(tmp_path: Path) -> None:
    write(tmp_path, pytest__first="")

    script = run(write(tmp_path, algorithm="import pytest as found"))

    assert script.module.found is pytest


def test_the_interface_is_never_hidden(tmp_path: Path) -> None:
    import elastisim_python

    path = write(tmp_path, algorithm="import elastisim_python as found", elastisim_python____init__="1/0")

    assert run(path).module.found is elastisim_python


def test_classes_can_be_pickled_during_turns(tmp_path: Path) -> None:
    text = """
import pickle, helper
from dataclasses import dataclass
@dataclass
class Here:
    value: "int"
def turn_over():
    return pickle.loads(pickle.dumps((Here(1), helper.There(2)))) == (Here(1), helper.There(2))
"""
    helper = """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class There:
    value: int
"""
    script = run(write(tmp_path, algorithm=text, helper=helper))

    with script:
        assert script.module.turn_over()


def test_turns_may_contain_turns_of_others(tmp_path: Path) -> None:
    outer = run(write(tmp_path / "a", algorithm="import helper", helper="name = 'a'"))
    inner = run(write(tmp_path / "b", algorithm="import helper", helper="name = 'b'"))

    with outer:
        with inner:
            assert sys.modules["helper"].name == "b"
        assert sys.modules["helper"].name == "a"
        with outer.pause():
            assert "helper" not in sys.modules
        assert sys.modules["helper"].name == "a"


def test_scripts_in_threads_do_not_meet(tmp_path: Path) -> None:
    text = """
import helper
def call():
    import sys, helper as late
    assert late is helper
    helper.calls += 1
    return helper.name, helper.calls, sys.argv[0]
"""
    paths = [write(tmp_path / name, algorithm=text, helper=f"name = {name!r}\ncalls = 0") for name in "abab"]
    results: list[list[tuple[str, int, str]]] = [[] for _ in paths]

    def simulate(path: Path, result: list[tuple[str, int, str]]) -> None:
        script = run(path)
        for _ in range(50):
            with script:
                result.append(script.module.call())

    threads = [threading.Thread(target=simulate, args=arguments) for arguments in zip(paths, results, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for path, result in zip(paths, results, strict=True):
        assert result == [(path.parent.name, number, str(path)) for number in range(1, 51)]


def test_a_script_can_have_another_name(tmp_path: Path) -> None:
    path = write(
        tmp_path, algorithm="import sys; own = sys.modules['algorithm'].__dict__ is globals(); name = __name__"
    )

    script = run(path, "algorithm")

    assert script.module.own
    assert script.module.name == "algorithm"
    assert "algorithm" not in sys.modules


def test_the_encoding_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "algorithm.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nname = 'ü'".encode("latin-1"))

    assert run(path).module.name == "ü"


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"algorithm\.py: the scheduling algorithm cannot be read: No such file"):
        Script(tmp_path / "algorithm.py")
