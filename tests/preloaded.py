"""Commands in processes of their own, forked from one that has imported every command: real, and up at once."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules

import commands

_MODULES = [f"commands.{module.name}" for module in iter_modules(commands.__path__) if module.name != "__main__"]
_context = get_context("forkserver")
_context.set_forkserver_preload([*_MODULES, "projections.installation"])


def run(
    arguments: Sequence[str], env: Mapping[str, str], *, timeout: float, module: str = "commands.main"
) -> tuple[str, str, int]:
    """What `main()` of a module prints on standard output and error, and its exit code, negative where killed."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _context.Process(target=_main, args=(module, list(arguments), dict(env), out, err))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{module} {arguments[0]} did not end in {timeout} s")
        return out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"), process.exitcode


def _main(module: str, arguments: list[str], env: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    for descriptor, path, mode in ((0, Path(os.devnull), os.O_RDONLY), (1, out, _WRITE), (2, err, _WRITE)):
        opened = os.open(path, mode, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    # The standard streams of the forked process are replaced whole, as those of a new one are made.
    sys.stdin = io.TextIOWrapper(io.FileIO(0), encoding="utf-8")
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), encoding="utf-8") for number in (1, 2))
    sys.argv = ["ledger", *arguments]
    import_module(module).main()


_WRITE = os.O_WRONLY | os.O_CREAT
