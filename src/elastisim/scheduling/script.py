"""Scripts of algorithms, run within this process the way ``python script.py`` runs them.

A script owns what exists once in a process only while it has its *turn*: ``sys.argv``, ``sys.path``, ``__main__`` and
the modules that it imports from its own directory.  Between the turns all of that is as it was before, so that scripts
notice neither each other, nor an earlier run of themselves, nor the program that simulates.
"""

from __future__ import annotations

import site
import sys
import sysconfig
from contextlib import contextmanager
from importlib.machinery import FrozenImporter, SourceFileLoader
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING

from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_turn = RLock()
"""Held during a turn.  A turn may contain another simulation with a script of its own."""

_INSTALLED = frozenset(
    Path(directory).resolve() for directory in (*sysconfig.get_paths().values(), site.getusersitepackages())
)
_PACKAGE_DIRECTORIES = frozenset({"site-packages", "dist-packages"})
# What the interpreter has loaded before any script runs cannot be replaced by a file beside the script.
_NEVER_LOCAL = frozenset({"elastisim", "elastisim_python"}).union(sys.builtin_module_names)


class Script:
    """A Python file that runs as the module *name*, with a state of its own; the context of its turns.

    Raises InputError if the file cannot be read.
    """

    def __init__(self, path: Path, name: str = "__main__") -> None:
        self.path = path
        try:
            self._source = path.read_bytes()
        except OSError as error:
            raise InputError.at(path, "", f"the scheduling algorithm cannot be read: {error.strerror}") from None
        file = str(path.absolute())
        self.module = ModuleType(name)
        self.module.__file__ = file
        self.module.__loader__ = SourceFileLoader(name, file)
        self._argv = [str(path)]
        self._directory = path.resolve().parent
        self._search_path = [str(self._directory), *sys.path]
        self._shared_search_path = frozenset(sys.path)
        self._local_names = {name, *self._importable()}
        self._modules = {name: self.module}
        self._count_inside = self._count_outside = 0
        self._outside_names: list[str] = []
        self._displaced: dict[str, ModuleType] = {}
        self._displaced_argv = sys.argv
        self._displaced_search_path = sys.path
        # As importlib.invalidate_caches does, which imports what reads metadata of distributions, though.
        sys.path_importer_cache.clear()

    def execute(self) -> None:
        """Run the script from its first to its last line; only during a turn."""
        code = compile(self._source, str(self.module.__file__), "exec", dont_inherit=True)
        exec(code, self.module.__dict__)

    def __enter__(self) -> None:
        _turn.acquire()
        self._displaced_argv, self._displaced_search_path = sys.argv, sys.path
        sys.argv, sys.path = self._argv, self._search_path
        modules = sys.modules
        # Turns are as frequent as invocations, new modules are not: their number tells that there are any.
        if len(modules) != self._count_outside:
            self._outside_names = self._local(modules)
        self._displaced = {name: modules.pop(name) for name in self._outside_names if name in modules}
        modules.update(self._modules)
        self._count_inside = len(modules)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._argv, self._search_path = sys.argv, sys.path
        modules = sys.modules
        if len(modules) != self._count_inside:
            self._local_names.update(self._importable())
            self._modules = {name: modules[name] for name in self._local(modules)}
        for name in self._modules:
            modules.pop(name, None)
        modules.update(self._displaced)
        self._count_outside = len(modules)
        sys.argv, sys.path = self._displaced_argv, self._displaced_search_path
        _turn.release()

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Interrupt a turn."""
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()

    def _local(self, modules: dict[str, ModuleType]) -> list[str]:
        return [name for name in modules if name.partition(".")[0] in self._local_names]

    def _importable(self) -> Iterator[str]:
        """Yield the names of what the script can import from its directory and from others that it has added."""
        added = (Path(entry).resolve() for entry in self._search_path if entry not in self._shared_search_path)
        for directory in {self._directory, *added}:
            if directory not in _INSTALLED and directory.name not in _PACKAGE_DIRECTORIES and directory.is_dir():
                for entry in directory.iterdir():
                    if entry.suffix == ".py" or (entry / "__init__.py").is_file() or _is_namespace(entry):
                        name = entry.stem
                        if name not in _NEVER_LOCAL and FrozenImporter.find_spec(name) is None:
                            yield name


def _is_namespace(directory: Path) -> bool:
    """Whether *directory* is a package without __init__.py; a regular one of its name, wherever it is, comes first."""
    loaded = sys.modules.get(directory.name)
    return getattr(loaded, "__file__", None) is None and directory.is_dir() and any(directory.glob("*.py"))
