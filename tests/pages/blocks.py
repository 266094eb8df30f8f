"""The blocks of a page, what a reader is told about each, and a shell that runs them in order."""

import contextlib
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"(?P<notes>(?:^<!-- [^\n]* -->\n)*)^(?P<ticks>```+)(?P<language>\w*)\n"
    r"(?P<text>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
PORT = "localhost:8000"


@dataclass(frozen=True)
class Block:
    """A fenced block, with the comments above it."""

    language: str
    text: str
    line: int
    notes: dict[str, str]


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            found["language"],
            found["text"],
            text.count("\n", 0, found.start("ticks")) + 1,
            dict(re.findall(r"<!-- ([a-z ]+): (.+) -->", found["notes"])),
        )
        for found in FENCE.finditer(text)
    ]


def commands_of(block: Block) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    joined = block.text.replace("\\\n", "")
    parts = re.split(r"^\$ ", joined, flags=re.MULTILINE)
    return [tuple(part.split("\n", 1)) for part in parts[1:]]


def plain(text: str) -> str:
    """Text in which blanks and empty lines count as one."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def pattern_of(told: str) -> re.Pattern[str]:
    """What a page tells, where `…` stands for anything."""
    return re.compile(re.escape(plain(told)).replace("…", "(?:.|\n)*?"))


class Shell:
    """One shell for a whole page: what one block sets, the next ones have."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.servers: list[int] = []
        self.address = PORT
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit status and output of a command."""
        mark = secrets.token_hex(8)
        words = command.replace(PORT, self.address)
        self._bash.stdin.write(f"{words}\nprintf '\\n%s %s\\n' {mark} $?\n")
        self._bash.stdin.flush()
        printed = []
        for line in self._bash.stdout:
            if line.startswith(f"{mark} "):
                return int(line.split()[1]), "".join(printed)
            printed.append(line)
        raise AssertionError(f"the shell ended at {command!r}: {''.join(printed)}")

    def python(self, code: str) -> tuple[int, str]:
        """Exit status and output of a block of Python, in the environment of the shell."""
        path = self.folder / f".{secrets.token_hex(4)}.py"
        path.write_text(code.replace(PORT, self.address), encoding="utf-8")
        try:
            return self.run(f"{sys.executable} {path.name}")
        finally:
            path.unlink()

    def serve(self, command: str) -> None:
        """Start a server as the page says, on a port that is free; it stays until the page ends."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = command.replace("--port 8000", f"--port {port}")
        assert words != command, "a server of a page listens on port 8000"
        self.address = f"localhost:{port}"
        code, number = self.run(f"{words} >server.log 2>&1 </dev/null & echo $!")
        assert code == 0
        self.servers.append(int(number.split()[-1]))
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{self.address}/health/ready", timeout=30)
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text())

    def close(self) -> None:
        """End the servers of the page, then the shell."""
        for pid in self.servers:
            self.run(f"kill {pid}; wait {pid}")
        self._bash.stdin.close()
        self._bash.wait(timeout=60)
        self._bash.stdout.close()
