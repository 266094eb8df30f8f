"""Tokens as people use them: the installed command, real photographs, two people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bearer_site import permit_to_carry

from command_line import run_here, run_process
from recognizance.settings import Settings
from recognizance.workspace import Workspace

JOURNEY = "RZ 101"


@dataclass(frozen=True)
class Counter:
    """`recognizance` with a home and keys of its own, under a permit to carry templates."""

    folder: Path
    permit: str = ""
    alone: bool = False

    def __call__(self, *words: object, stdin: str = "") -> tuple[int, dict[str, object]]:
        ran = (run_process if self.alone else run_here)(
            *(*words, "--json"),
            folder=self.folder,
            environment={
                "RECOGNIZANCE_HOME": str(self.folder / "data"),
                "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
            },
            typed=stdin,
        )
        return ran.code, ran.json

    def enroll(self, photograph: Path, output: str, *more: object) -> tuple[int, dict[str, object]]:
        until = datetime.now(UTC) + timedelta(hours=2)
        return self(
            *("enroll", "--bearer", photograph, "--permit", self.permit),
            *("--journey", JOURNEY, "--release", "R-1", "--adult"),
            *("--until", until.isoformat(timespec="seconds"), "-o", output, *more),
        )

    def verify(
        self, token: str, photograph: Path, *more: object, journey: str = JOURNEY, **kept: str
    ) -> tuple[int, dict[str, object]]:
        return self(
            *("verify", "--bearer", token, photograph, "--permit", self.permit),
            *("--journey", journey, *more),
            **kept,
        )


@pytest.fixture
def counter(tmp_path, request) -> Counter:
    settings = Settings(home=tmp_path / "data", key_folder=tmp_path / "keys")
    with Workspace.create(settings) as workspace:
        alone = request.node.get_closest_marker("processes") is not None
        return Counter(tmp_path, permit_to_carry(workspace), alone)


def test_the_whole_way_with_a_telephone(counter, faces):
    then, now = (faces / "congress" / year / "A000055.jpg" for year in ("2015", "2023"))
    other = faces / "congress" / "2023" / "A000369.jpg"
    _, phone = counter("bearer", "device-key", "phone.key")
    code, made = counter.enroll(then, "token.txt", "--device-key", phone["public_key"])
    assert (code, made["outcome"], made["qr_version"]) == (0, "enrolled", 15)
    assert not list((counter.folder / "data").rglob("*.txt"))

    def answered() -> tuple[object, ...]:
        _, asked = counter("bearer", "challenge", "--permit", counter.permit)
        challenge = asked["challenge"]
        _, given = counter(
            *("bearer", "prove", "token.txt", "--challenge", challenge),
            *("--permit", counter.permit, "--key", "phone.key"),
        )
        return "--challenge", challenge, "--device-proof", given["device_proof"]

    proof = answered()
    code, shown = counter.verify("token.txt", now, *proof)
    assert (code, shown["outcome"], shown["subjects"]) == (0, "match", [])
    assert counter.verify("token.txt", other, *answered())[1]["outcome"] == "non_match"

    for more, error, journey in (
        (proof, "bearer.challenge", JOURNEY),
        ((), "bearer.binding", JOURNEY),
        (answered(), "bearer.journey", "RZ 102"),
    ):
        code, refused = counter.verify("token.txt", now, *more, journey=journey)
        assert (code, refused["error"]["code"]) == (4, error)
        assert refused["error"]["entry"].startswith("uses/")


@pytest.mark.processes
def test_the_whole_way_at_a_staffed_gate(counter, faces):
    then, now = (faces / "congress" / year / "A000055.jpg" for year in ("2015", "2023"))
    assert counter.enroll(then, "token.txt", "--staffed-gate", "B7")[0] == 0
    attended = ("--gate", "B7", "--staffed-by", "operator")
    token = (counter.folder / "token.txt").read_text()
    assert counter.verify("-", now, *attended, stdin=token)[1]["outcome"] == "match"
    code, refused = counter.verify("token.txt", now, "--gate", "B8", "--staffed-by", "operator")
    assert (code, refused["error"]["code"]) == (4, "bearer.binding")


@pytest.mark.parametrize(
    "words",
    [
        ("enroll", "--bearer", "p.jpg", "--gallery", "g"),
        ("enroll", "--bearer", "p.jpg", "-o", "t.txt"),
        ("enroll", "--bearer", "p.jpg", "--staffed-gate", "B7", "-o", "t.txt"),
        ("enroll", "--bearer", "p.jpg", "--device-key", "xyz", "--until", "2030-01-01T00:00Z"),
        ("enroll", "ana", "p.jpg"),
        ("verify", "ana", "p.jpg"),
        ("verify", "p.jpg"),
        ("verify", "ana", "p.jpg", "--bearer", "t.txt"),
        ("verify", "--bearer", "missing.txt", "p.jpg"),
        ("verify", "--bearer", "t.txt", "p.jpg", "--gate", "B7"),
        ("bearer", "prove", "missing.txt", "--challenge", "00", "--permit", "p", "--key", "k"),
    ],
)
def test_what_was_mistyped_is_said_and_nothing_is_written(counter, words):
    code, answer = counter(*words)
    assert code == 2, answer
    assert answer["error"]["hint"]
    assert not (counter.folder / "t.txt").exists()
