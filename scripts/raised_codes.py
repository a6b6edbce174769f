"""Every error code that the sources raise, found by reading them: what docs/errors.md has to explain.

A code is written out where an error is made, or handed to a function or class with a parameter `code` or
`slug` that makes one of it (`_broken("line", …)` → `bank_text.line`); a few programs print theirs themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ERRORS = {"Failed", "Misused", "Refused", "IntegrityBroken"}
"""The classes of `ledger.errors` that say an exit code."""

_PACKAGES = ("ledger", "projections", "commands", "scripts")
_CODE = re.compile(r"[a-z_]+\.[a-z_0-9]+")
_PRINTED = re.compile(r"([a-z]+\.[a-z_]+): ")
_PARAMETERS = ("code", "slug")


class Raised(NamedTuple):
    """A code as raised somewhere; `kind` is the error's class.

    Where a reader of values makes an `Unreadable`, whoever knows file and line makes a Refused of it.
    """

    code: str
    kind: str
    where: str


class _Maker(NamedTuple):
    """A function or class that makes an error of a code it is given; `index` counts arguments of a call."""

    index: int
    parameter: str
    prefix: str
    kind: str


@cache
def raised_codes(root: Path) -> list[Raised]:
    """The codes of the packages below `root`."""
    modules = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for package in _PACKAGES
        for path in sorted((root / package).rglob("*.py"))
        if path.name != "error_codes.py"
    }
    makers = {path: dict(_makers(tree)) for path, tree in modules.items()}
    shared = {name: maker for found in makers.values() for name, maker in found.items()}
    raised = [
        Raised(code, kind or "Refused", f"{path.relative_to(root)}:{line}")
        for path, tree in modules.items()
        for code, kind, line in _of_module(tree, shared | makers[path])
    ]
    shell = (root / "scripts" / "setup").read_text(encoding="utf-8")
    return raised + [Raised(code, "Failed", "scripts/setup") for code in re.findall(r'"(setup\.[a-z]+): ', shell)]


def _makers(tree: ast.Module) -> Iterator[tuple[str, _Maker]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                    yield from _maker(node.name, inner)
        if isinstance(node, ast.FunctionDef):
            yield from _maker(node.name, node)


def _maker(name: str, function: ast.FunctionDef) -> Iterator[tuple[str, _Maker]]:
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    for parameter in (*names, *(argument.arg for argument in function.args.kwonlyargs)):
        if parameter in _PARAMETERS and name not in ERRORS | {"LedgerError"}:
            index = names.index(parameter) if parameter in names else 99
            yield name, _Maker(index, parameter, _prefix(function, parameter), _kind(function))


def _prefix(function: ast.FunctionDef, parameter: str) -> str:
    """The part in front of `{slug}` in the body, such as `bank_text.`; empty for none."""
    found = re.findall(rf"f'([a-z_]+\.)\{{{parameter}\}}'", ast.unparse(function))
    return found[0] if found else ""


def _kind(function: ast.FunctionDef) -> str:
    called = {n.func.id for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return next(iter(called & ERRORS), "")


def _of_module(tree: ast.Module, makers: dict[str, _Maker]) -> Iterator[tuple[str, str, int]]:
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for code, kind in _of_call(node, makers):
                yield code, kind, node.lineno
        elif isinstance(node, ast.AnnAssign) and _name(node.target) == "code" and _text(node.value):
            yield _text(node.value), "", node.lineno
        elif isinstance(node, ast.FunctionDef):
            yield from ((code, "", node.lineno) for code in _defaults(node, makers.get(node.name)))
        elif (
            isinstance(node, ast.Constant)
            and id(node) not in docstrings
            and (found := _PRINTED.match(str(node.value)))
        ):
            yield found.group(1), "Failed", node.lineno


def _of_call(call: ast.Call, makers: dict[str, _Maker]) -> Iterator[tuple[str, str]]:
    name = _name(call.func)
    if name in ERRORS and call.args and _CODE.fullmatch(_text(call.args[0])):
        yield _text(call.args[0]), name
        return
    maker = makers.get(name)
    if maker is not None:
        given = [_text(k.value) for k in call.keywords if k.arg == maker.parameter]
        given += [_text(argument) for argument in call.args[maker.index : maker.index + 1]]
        yield from ((maker.prefix + text, maker.kind) for text in given if text)
        return
    yield from ((_text(k.value), "") for k in call.keywords if k.arg == "code" and _CODE.fullmatch(_text(k.value)))


def _defaults(function: ast.FunctionDef, maker: _Maker | None) -> Iterator[str]:
    arguments = function.args
    positional = zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)
    for argument, default in (*positional, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)):
        if argument.arg in _PARAMETERS and _text(default):
            yield (maker.prefix if maker else "") + _text(default)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
