"""The compiled build: the inner loops of the simulator as extension modules, made of the same sources by mypyc."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SETUP = """
import sys

from mypyc.build import mypycify
from setuptools import setup

# Types are checked elsewhere, with everything installed that is imported.
modules = ["--ignore-missing-imports", "--follow-imports=silent", *sys.argv.pop().split()]
setup(name="compiled", package_dir={"": "src"}, ext_modules=mypycify(modules, opt_level="3"))
"""

# Products and sums must not be fused: the results would differ from those of the interpreter in the last digits.
# What is hidden from other libraries is called directly.
FLAGS = "-ffp-contract=off -fvisibility=hidden"


class CompilingHook(BuildHookInterface[Any]):
    """Compiles the ``modules`` of its configuration for wheels, in a copy of the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add the results to the wheel; editable installations stay as they are."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        shutil.copytree(Path(self.root, "src"), folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "setup.py").write_text(SETUP, encoding="utf-8")
        modules = [f"src/{name.replace('.', '/')}.py" for name in self.config["modules"]]
        command = [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", "built", " ".join(modules)]
        flags = FLAGS if os.name == "posix" else ""
        if subprocess.run(command, cwd=folder, env={**os.environ, "CFLAGS": flags}, check=False).returncode:
            raise SystemExit(
                "The compiled build failed, for the reason above; it needs a C compiler and the headers of Python. "
                "Without HATCH_BUILD_HOOK_ENABLE_CUSTOM in the environment, the simulator installs without either."
            )
        built = folder / "built"
        for path in built.rglob("*.pyd" if os.name == "nt" else "*.so"):
            build_data["force_include"][str(path)] = str(path.relative_to(built))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Leave nothing behind."""
        if version != "editable":
            self._folder.cleanup()
