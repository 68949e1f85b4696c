"""The compiled build: the inner loops of the simulator as extension modules, made of the same sources by mypyc.

It is made where it was tried and a compiler is found; elsewhere, the simulator installs as it is, interpreted.
``HATCH_BUILD_HOOK_ENABLE_CUSTOM=1`` insists on it, ``HATCH_BUILD_NO_HOOKS=1`` does without.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REQUIREMENTS = ["mypy>=2.4", "setuptools>=65"]

SETUP = """
import sys

from mypyc.build import mypycify
from setuptools import setup

# Types are checked elsewhere, with everything installed that is imported.
modules = ["--ignore-missing-imports", "--follow-imports=silent", *sys.argv.pop().split()]
extensions = mypycify(modules, opt_level="3", debug_level="0")
setup(name="compiled", package_dir={"": "src"}, ext_modules=extensions)
"""

# Products and sums must not be fused: the results would differ from those of the interpreter in the last digits.
# What is hidden from other libraries is called directly.
FLAGS = "-ffp-contract=off -fvisibility=hidden"

TRIED = ("linux", "cpython", [(3, 11), (3, 12), (3, 13), (3, 14)])

HEADER = Path(sysconfig.get_path("include"), "Python.h")


def is_insisted_on() -> bool:
    """Tell whether a build that cannot be compiled is a failure."""
    return os.environ.get("HATCH_BUILD_HOOK_ENABLE_CUSTOM", "").lower() in {"1", "true"}


def is_promising() -> bool:
    """Tell whether the compiled build was tried on systems like this one, and there is what it needs."""
    system, implementation, versions = TRIED
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "")
    return (
        sys.platform == system
        and sys.implementation.name == implementation
        and sys.version_info[:2] in versions
        and not sysconfig.get_config_var("Py_GIL_DISABLED")
        and shutil.which(compiler[0] if compiler else "") is not None
        and HEADER.is_file()
    )


def is_wanted() -> bool:
    """Tell whether to compile."""
    return is_insisted_on() or is_promising()


class CompilingHook(BuildHookInterface[Any]):
    """Compiles the ``modules`` of its configuration for wheels, in a copy of the sources."""

    _folder: TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """Return what the compilation needs; nothing is fetched where there is none."""
        return REQUIREMENTS if is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add the results to the wheel; editable installations stay as they are."""
        if version == "editable" or not is_wanted():
            return
        self._folder = TemporaryDirectory()
        built = self.compile(Path(self._folder.name))
        if built is None:
            self._folder.cleanup()
            if is_insisted_on():
                raise SystemExit(
                    "The compiled build failed, for the reason above; it needs a C compiler and the headers of Python. "
                    "Without HATCH_BUILD_HOOK_ENABLE_CUSTOM in the environment, the simulator installs without either."
                )
            self.app.display_warning("The compiled build failed, for the reason above: installing the interpreted one.")
            return
        for path in built.rglob("*.pyd" if os.name == "nt" else "*.so"):
            build_data["force_include"][str(path)] = str(path.relative_to(built))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def compile(self, folder: Path) -> Path | None:
        """Compile a copy of the sources in *folder*; return where the results are, or ``None`` if it failed."""
        shutil.copytree(Path(self.root, "src"), folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "setup.py").write_text(SETUP, encoding="utf-8")
        modules = [f"src/{name.replace('.', '/')}.py" for name in self.config["modules"]]
        command = [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", "built", " ".join(modules)]
        flags = FLAGS if os.name == "posix" else ""
        done = subprocess.run(command, cwd=folder, env={**os.environ, "CFLAGS": flags}, check=False)
        return None if done.returncode else folder / "built"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Leave nothing behind."""
        if self._folder is not None:
            self._folder.cleanup()
