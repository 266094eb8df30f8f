"""A feed that a test writes, and receivers that take, refuse or are away."""

import getpass
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import pytest

from recognizance.errors import DeliveryError
from recognizance.events import Event, Kind

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RECEIPT = "c2sp.org/tlog-proof@v1\nindex 7\n"


def event(number: int, kind: Kind = Kind.LEAD, **more) -> Event:
    lead = f"lead-{number}" if kind is Kind.LEAD else None
    return Event(
        **{
            "number": number,
            "kind": kind,
            "workspace": "w1",
            "permit": "p1",
            "time": NOW,
            "receipt": RECEIPT,
            "self_attested": True,
            "lead": lead,
        }
        | more
    )


@dataclass
class Feed:
    """Events in the order in which a test adds them."""

    events: list[Event] = field(default_factory=list)

    def add(self, number: int, kind: Kind = Kind.LEAD, **more) -> None:
        self.events.append(event(number, kind, **more))

    def newest(self) -> int:
        return max((each.number for each in self.events), default=-1) + 1

    def since(self, number: int) -> list[Event]:
        return [each for each in self.events if each.number >= number][:2]


@dataclass
class Taker:
    """A receiver that refuses as often as it is told, and then takes."""

    name: str = "taker"
    refuses: int = 0
    taken: list[int] = field(default_factory=list)
    opened: int = 0

    def open(self) -> None:
        self.opened += 1

    def send(self, told: Event) -> None:
        if self.refuses:
            self.refuses -= 1
            raise DeliveryError("Not now.")
        self.taken.append(told.number)

    def close(self) -> None:
        self.opened -= 1


def wait_for(what, patience_s: float = 30.0) -> None:
    """Wait until something is so; what never comes is a failure."""
    until = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


@dataclass
class HttpReceiver:
    """A web server that keeps what is posted, and answers as it is told."""

    answers: list[int] = field(default_factory=list)
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posted.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Mosquitto:
    """Debian's broker on a free port."""

    def __init__(self, folder, *lines: str, users: dict[str, str] | None = None) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not on this machine (Debian's package)")
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        access = ["allow_anonymous true"]
        if users:
            passwords = folder / "passwords"
            for name, word in users.items():
                subprocess.run(
                    ["mosquitto_passwd", "-b", "-c", passwords, name, word],
                    check=True,
                    capture_output=True,
                )
            passwords.chmod(0o644)
            access = ["allow_anonymous false", f"password_file {passwords}"]
        text = [f"listener {self.port} 127.0.0.1", *access, *lines, f"user {getpass.getuser()}"]
        self._config.write_text("\n".join(text) + "\n")
        self._program = program
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", self._config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
