"""Flow files on disk: read and checked, without a server."""

import json
import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape

import pieces
from engine.base.errors import BadInput, Malformed
from engine.base.types import Json
from engine.catalogues.document import read_document
from engine.flow import Flow, Problem, check, parse
from engine.intake.charsets import decode

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def read_flow(path: Path) -> Flow:
    """The flow in a file. Raises BadInput with all problems."""
    return parse(read_json(path))


def read_json(path: Path) -> Json:
    """JSON from a file, or from standard input for `-`. Raises BadInput."""
    try:
        return orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{path} is not JSON: {error}", field=str(path)) from error


def read_any(path: Path) -> Json:
    """JSON, or YAML by the file's name. Raises BadInput."""
    if path.suffix.lower() not in (".yml", ".yaml"):
        return read_json(path)
    try:
        return read_document(read_text(path))
    except BadInput as error:
        raise BadInput(f"{path}: {error.message}", field=str(path)) from error


def read_text(path: Path) -> str:
    """Text from a file, or from standard input for `-`, in UTF-8 or as its byte order mark says. Raises
    BadInput."""
    try:
        return decode(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}", field=str(path)) from error
    except Malformed as error:
        raise BadInput(f"{path} is not UTF-8 text.", field=str(path)) from error


def files_in(paths: list[Path]) -> list[Path]:
    """Flow files, those of folders included."""
    return sorted(file for path in paths for file in (path.rglob("*.json") if path.is_dir() else [path]))


def validate(paths: list[Path], *, as_json: bool) -> int:
    """Check flow files and print all problems; 1 when any is an error, or there is none to check."""
    files = files_in(paths)
    found = {str(path): _problems(path) for path in files}
    if not files:
        err.print(f"There is no flow file in {', '.join(map(str, paths))}.", markup=False)
    if as_json:
        shape = {
            path: [{"pointer": p.pointer, "message": p.message, "severity": p.severity} for p in problems]
            for path, problems in found.items()
        }
        print(json.dumps(shape, ensure_ascii=False, indent=2))
    else:
        for path, problems in found.items():
            errors = sum(problem.severity == "error" for problem in problems)
            mark = "[red]✗[/red]" if errors else "[green]✓[/green]"
            out.print(f"{mark} {escape(path)}: {errors} errors, {len(problems) - errors} warnings")
            for problem in problems:
                colour = "red" if problem.severity == "error" else "yellow"
                label = f"[{colour}]{problem.severity}[/{colour}]"
                out.print(f"  {label} {problem.pointer or '/'}  {escape(problem.message)}")
    wrong = any(problem.severity == "error" for problems in found.values() for problem in problems)
    return int(wrong or not files)


def _problems(path: Path) -> list[Problem]:
    """What is wrong with a file; one that cannot be read has one problem."""
    try:
        return check(read_json(path), pieces.registry())
    except BadInput as error:
        return [Problem("", error.message)]
