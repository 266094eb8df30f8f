"""The command line, run as people run it: in this process, or in one of its own.

Both give the exit code and what was printed. Starting a process takes longer than most verbs, so
tests run verbs here; what a process alone can show (signals, limits, a terminal, what is loaded)
runs in one, and so does every verb somewhere.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest
import typer
from typer.main import get_command

import recognizance.__main__
from recognizance.cli import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]


def run_here(*words: object, folder: Path, environment: Mapping[str, str], typed: str = "") -> Ran:
    """Run a verb in this process; nobody sits there who could be asked."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, _columns(environment):
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", [recognizance.__main__.__file__, *map(str, words)])
        patch.setattr(sys.modules["__main__"], "__package__", "recognizance", raising=False)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        patch.setattr(sys, "excepthook", sys.excepthook)  # the command-line library sets its own
        patch.setattr(typer.main, "get_command", _commands)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _exit_code()
    return _ran(code, _printed(out), _printed(err))


def run_process(
    *words: object,
    folder: Path,
    environment: Mapping[str, str],
    typed: str = "",
    program: tuple[object, ...] = ("-m", "recognizance"),
    room: int | None = None,
) -> Ran:
    """Run a verb in a process of its own.

    Args:
        words: What is typed behind `recognizance`.
        folder: Where.
        environment: What is set there besides what is set here.
        typed: What stands in its standard input.
        program: What Python starts.
        room: The largest size in bytes that any file may grow to.
    """
    done = subprocess.run(
        [sys.executable, *map(str, (*program, *words))],
        capture_output=True,
        input=typed,
        text=True,
        cwd=folder,
        env=os.environ | environment,
        check=False,
        timeout=120,
        preexec_fn=None if room is None else partial(_limit_files, room),
    )
    return _ran(done.returncode, done.stdout, done.stderr)


def _ran(code: int, out: str, err: str) -> Ran:
    assert "Traceback" not in out + err
    return Ran(code, out, err)


def _exit_code() -> int:
    """Run `python -m recognizance` to the code that the system would be given."""
    with pytest.raises(SystemExit) as ended:
        recognizance.__main__.main()
    code = ended.value.code or 0
    assert isinstance(code, int), code
    return code & 0xFF


def _printed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()


@contextlib.contextmanager
def _columns(environment: Mapping[str, str]) -> Iterator[None]:
    """The width of the screen is settled once, when the command line is loaded: settle it anew."""
    columns = (os.environ | environment).get("COLUMNS")
    consoles = (console.out, console.err)
    before = [each._width for each in consoles]
    for each in consoles:
        each._width = console.PIPED_WIDTH if columns is None else int(columns)
    try:
        yield
    finally:
        for each, width in zip(consoles, before, strict=True):
            each._width = width


@cache
def _commands(app: typer.Typer) -> object:
    """The command line of an app, put together once a run."""
    return get_command(app)


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
