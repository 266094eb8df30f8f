"""An operator and its authority on two machines' worth of folders, and short words for attacks.

Verbs run the installed command line with its real arguments, exit codes and JSON. To be quick most
run in this process: then the clock is told the time, and the engine reads made-up photographs.
"""

import contextlib
import io
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.main import get_command as make_command

from fakes import FakeEngine, photograph
from recognizance import cli, workspace
from recognizance.authority import answering
from recognizance.authority import folder as authority_folder
from recognizance.evidence import Evidence, load_evidence
from recognizance.gate.bundle import RuleBundle, load_bundle
from recognizance.gate.templates import template
from recognizance.registry import queue
from recognizance.review import LEAST_VIEWING

HERE = Path(__file__).resolve().parent
LOUNGE = HERE.parent / "authority" / "lounge.toml"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = START + timedelta(minutes=30)
"""When attacks happen, unless one says otherwise."""

USE = ("--site", "lounge", "--camera", "k1", "--case", "case-1", "--sample", "photograph")
"""What a use under the standard permit has to state."""

PHOTOGRAPHS = {
    "ana": photograph("ana", note="1"),
    "ana-again": photograph("ana", note="2"),
    "ben": photograph("ben", note="1"),
    "carl": photograph("carl", note="1"),
    "dora": photograph("dora", note="1"),
    "dora-again": photograph("dora", note="2"),
}
"""Made-up photographs, by file name."""


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]


@dataclass
class Site:
    """The folders of an operator and of its authority, and a clock.

    Attributes:
        folder: Holds `data`, `keys` and photographs; the authority's are in `board`, `board-keys`.
        now: What the clock says.
        permit: The standard permit of the lounge: reviewed, fenced, countersigned.
        door: A self-signed permit for a door.
        lead: A lead about ana that waits for two reviewers.
        gap: How many leads lie between two that are planted.
        as_it_is: Rules and evidence are read as they lie there, not from memory.
        held: What the galleries held before the attack.
        logged: How long the logs were before the attack.
    """

    folder: Path
    now: datetime = START
    permit: str = ""
    door: str = ""
    lead: str = ""
    board_key: str = ""
    as_it_is: bool = False
    gap: int = queue.MOST_BETWEEN
    held: list = field(default_factory=list)
    logged: tuple = ()

    def settle(self) -> "Site":
        """Remember what is there now: an attack begins here."""
        self.held, self.logged = self.gallery(), self.sizes()
        return self

    # ---- running commands -------------------------------------------------------------------

    def __call__(
        self, *words: object, by: str = "operator", board: bool = False, **env: str
    ) -> Ran:
        """Run a verb in this process, as JSON.

        No verb writes over a file; an attacker would take the old one away first, and so does this.
        """
        for flag, name in itertools.pairwise(words):
            if flag == "-o":
                (self.folder / str(name)).unlink(missing_ok=True)
        keys = "board-keys" if board else "keys"
        environment = {
            "RECOGNIZANCE_HOME": str(self.folder / "data"),
            "RECOGNIZANCE_KEY_FOLDER": str(self.folder / keys),
            "RECOGNIZANCE_PRINCIPAL": by,
            "RECOGNIZANCE_WAIT_S": "2",
        } | env
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["recognizance", *map(str, words), "--json"])
            patch.setattr(sys, "stdin", io.StringIO())
            patch.setattr(typer.main, "get_command", commands)
            stand_in(patch, self.now, as_it_is=self.as_it_is, gap=self.gap)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        assert "Traceback" not in out.getvalue()
        return Ran(ended.value.code, out.getvalue())

    def ok(self, *words: object, **how) -> Ran:
        """Run a verb that has to work."""
        ran = self(*words, **how)
        assert ran.code == 0, (words, ran.out)
        return ran

    def process(self, *words: object, by: str = "operator", **env: str) -> Ran:
        """Run the installed command in a process of its own, with the real clock and engine."""
        return self._run(
            [sys.executable, "-m", "recognizance", *map(str, words), "--json"], by, env
        )

    def python(self, script: str, *words: object, by: str = "operator", **env: str) -> Ran:
        """Run a program of the attacker's in a process of its own, with the time of the site."""
        driver = f"from insider import *\n{script}"
        env = {"ATTACK_NOW": self.now.isoformat()} | env
        env = {"PYTHONPATH": os.pathsep.join(self.paths())} | env
        return self._run([sys.executable, "-c", driver, *map(str, words)], by, env)

    def paths(self) -> list[str]:
        """Where a program of the attacker's finds the made-up engine, and the source under test."""
        return [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]

    def _run(self, argv: list[str], by: str, env: dict[str, str]) -> Ran:
        done = subprocess.run(
            argv,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.folder,
            env=os.environ
            | {
                "RECOGNIZANCE_HOME": str(self.folder / "data"),
                "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
                "RECOGNIZANCE_PRINCIPAL": by,
            }
            | env,
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout or done.stderr)

    # ---- uses -------------------------------------------------------------------------------

    def search(self, who: str = "ana-again", *more: object, **how) -> Ran:
        """Search the lounge for somebody, as its permit asks."""
        permit = how.pop("permit", self.permit)
        gallery = how.pop("gallery", "lounge")
        stated = how.pop("stated", USE)
        return self("search", who, "--gallery", gallery, "--permit", permit, *stated, *more, **how)

    def search_door(self, who: str = "dora-again", *more: object, **how) -> Ran:
        """Search the gallery of the door."""
        return self.search(
            who, *more, **({"permit": self.door, "gallery": "door"} | how), stated=()
        )

    def verify(self, subject: str, who: str, *more: object, **how) -> Ran:
        permit = how.pop("permit", self.permit)
        return self(
            *("verify", subject, who, "--gallery", "lounge", "--permit", permit, *USE, *more), **how
        )

    def enroll(self, subject: str, who: str, *more: object, **how) -> Ran:
        """Enroll somebody into the lounge; `more` overrides what is stated."""
        stated = {
            "--provenance": "own_enrollment",
            "--ground": "release-9",
            "--case": "case-1",
            "--sample": "photograph",
            "--gallery": how.pop("gallery", "lounge"),
            "--permit": how.pop("permit", self.permit),
        }
        stated |= how.pop("change", {})
        age = how.pop("age", "--adult")
        words = [
            part for name, value in stated.items() if value is not None for part in (name, value)
        ]
        return self("enroll", subject, who, *words, *([age] if age else []), *more, **how)

    def decide(
        self, by: str, choice: str = "same_person", *, lead: str | None = None, **how
    ) -> Ran:
        named = ("--candidate", 1) if choice == "same_person" else ()
        lead = lead or self.lead
        self("review", "show", lead, by=by, **how)
        self.now += LEAST_VIEWING
        return self(
            *("review", "decide", lead, choice, *named, "--reason", "the ears"), by=by, **how
        )

    def confirm(self) -> None:
        """Two reviewers confirm the lead."""
        for reviewer in ("rita", "rolf"):
            assert self.decide(reviewer).code == 0

    def answer(self, request: str, *how: object, to: str = "answer.json") -> Ran:
        """The authority answers a request."""
        return self(
            *("gate", "answer", request, "--authority", "board", *how, "-o", to), board=True
        )

    # ---- what is there ------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def keys(self) -> Path:
        (folder,) = (self.folder / "keys").iterdir()
        return folder

    @property
    def permit_file(self) -> Path:
        return self.data / "permits" / f"{self.permit}.json"

    def edit(self, store: str, statement: str, *values: object) -> None:
        """Change a database as somebody with a database browser does, triggers or not."""
        database = sqlite3.connect(self.data / store)
        with database:
            triggers = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for (name,) in triggers:
                database.execute(f"DROP TRIGGER {name}")
            changed = database.execute(statement, values).rowcount
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        assert changed, "nothing was changed"

    def entries(self, log: str = "uses") -> list[dict]:
        """The entries of a log, as its file has them."""
        database = sqlite3.connect(self.data / "ledger.db")
        rows = database.execute(
            "SELECT data FROM leaf WHERE log = ? ORDER BY idx", (log,)
        ).fetchall()
        database.close()
        return [json.loads(data) for (data,) in rows]

    def gallery(self) -> list[tuple]:
        """Every reference and lead, by what stands in the clear."""
        database = sqlite3.connect(self.data / "gallery.db")
        rows = database.execute(
            "SELECT reference_id, gallery_id, template FROM reference ORDER BY row"
        ).fetchall()
        leads = database.execute("SELECT lead_id, state FROM lead ORDER BY lead_id").fetchall()
        database.close()
        return rows + leads

    def sizes(self) -> tuple[int, int]:
        """How long the two logs are."""
        return len(self.entries("decisions")), len(self.entries())

    def copy(self, to: Path, **changes) -> "Site":
        """The same place once more, byte for byte."""
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return replace(self, folder=to, **changes)


def stand_in(
    patch,
    now: datetime,
    *,
    as_it_is: bool = False,
    engine: bool = True,
    gap: int = queue.MOST_BETWEEN,
) -> None:
    """Tell the clock the time, and let the engine read made-up photographs."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return now.astimezone(tz)

    evidence, digest = measured()
    patch.setattr(queue, "gap_after", lambda _secret, _index: gap)
    patch.setattr(workspace, "datetime", Clock)
    patch.setattr(authority_folder, "datetime", Clock)
    if engine:
        fake = FakeEngine(evidence.model_id, evidence.cohort_id)
        patch.setattr(workspace, "load_engine", lambda _: fake)
    if not as_it_is:
        for module in (workspace, answering):
            patch.setattr(module, "load_evidence", lambda: evidence)
            patch.setattr(module, "load_bundle", loaded)
        patch.setattr(type(evidence), "digest", digest)


@cache
def commands(app: typer.Typer) -> object:
    """The command line of an app, put together once a run."""
    return make_command(app)


@cache
def loaded() -> RuleBundle:
    """The rules, read once a run."""
    return load_bundle()


@cache
def measured() -> tuple[Evidence, str]:
    """The evidence and its digest, read and computed once a run."""
    evidence = load_evidence()
    return evidence, evidence.digest


def build(folder: Path) -> Site:
    """Make the place, by the verbs that people give; `fresh` beside it has no permit yet."""
    site = Site(folder)
    for name, data in PHOTOGRAPHS.items():
        (folder / name).write_bytes(data)
    made = site.ok("gate", "authority", "board", "--name", "The board", "--plain-keys", board=True)
    site.board_key = made.json["public_key"]
    site.ok("init", "--authority", site.board_key, "--plain-keys")
    people = {
        "rita": ["reviewer"],
        "rolf": ["reviewer"],
        "rosa": ["reviewer"],
        "newcomer": ["reviewer"],
        "both": ["operator", "reviewer"],
        "second": ["signing_officer"],
        "greedy": ["proposer", "signing_officer"],
    }
    for name, roles in people.items():
        words = [part for role in roles for part in ("--role", role)]
        site.ok("keys", "new", name, *words, "--plain-keys")
    for name in ("rita", "rolf", "rosa", "both"):
        site.ok("training", "record", name, "--on", "2026-11-20", "--course", "reading faces")
    site.copy(folder.with_name("fresh"))
    _lounge(site)
    _door(site)
    site.lead = site.search().json["lead_id"]
    site.now = LATER
    ids = {name: getattr(site, name) for name in ("permit", "door", "lead", "board_key")}
    (folder / "site.json").write_text(json.dumps(ids))
    return site


LOUNGE_ASKED = (
    *("--gallery", "lounge", "--fpir", "1e-2", "--gallery-size", 10),
    *("--site", "lounge", "--camera", "k1", "--case", "case-1"),
    *("--target", "s-ana", "--target", "s-ben", "--target", "s-carl"),
    *("--window", "2026-11-24T09:00Z/2026-11-24T20:00Z"),
)

CONDITIONS = (
    "hook=reviewers,n=2",
    "hook=independent_evidence",
    "hook=contest_route",
    "hook=public_notice",
    "hook=case_id",
    "hook=target_only_gallery",
    "hook=age_flag",
    "hook=release_id",
    "hook=gallery_limit,n=2",
    "hook=hours",
)
"""What the authority sets on the permit of the lounge, so that many hooks are in force."""


def _lounge(site: Site) -> None:
    asked = site.ok("gate", "request", LOUNGE, *LOUNGE_ASKED, "-o", "request.json")
    site.permit = asked.json["permit_id"]
    conditions = [part for each in CONDITIONS for part in ("--condition", each)]
    assert site.answer("request.json", "--countersign", *conditions).code == 0
    site("gate", "accept", "answer.json")
    site.ok("gate", "sign", "answer.json", "-o", "request-2.json")
    assert site.answer("request-2.json", "--countersign", to="answer-2.json").code == 0
    site.ok("gate", "accept", "answer-2.json")
    site.ok("gate", "status", "--authority", "board", "-o", "status-1.json", board=True)
    site.ok("gate", "import-status", "status-1.json")
    site.ok("gallery", "create", "lounge", "--permit", site.permit)
    attest_all(site, site.permit)
    for subject, who in (("s-ana", "ana"), ("s-ben", "ben")):
        assert site.enroll(subject, who).code == 0, subject


def _door(site: Site) -> None:
    site.door = issue_door(site)
    site.ok("gallery", "create", "door", "--permit", site.door)
    attest_all(site, site.door)
    ran = site.enroll("s-dora", "dora", gallery="door", permit=site.door, change={"--case": None})
    assert ran.code == 0, ran.out


def issue_door(site: Site, *more: object, gallery: str = "door") -> str:
    """Issue a self-signed permit for people who opted in."""
    path = site.folder / "door.toml"
    path.write_text(template("opted_in_access"))
    asked = ("--gallery", gallery, "--fmr", "3e-4", "--gallery-size", 5)
    return site.ok("gate", "issue", path, *asked, *more).json["permit_id"]


def attest_all(site: Site, permit: str) -> None:
    """Attest every duty that a permit asks for."""
    shown = site.ok("permit", "show", permit).json
    for owed in shown["standing"]["owed"]:
        hook = owed.split()[4]
        words = f"done, and the notice shows {permit}"
        site.ok("permit", "attest", permit, hook, "--statement", words, by="officer")


# ---- what an attack must come to ----------------------------------------------------------------


def stopped(
    site: Site,
    ran: Ran,
    code: str,
    *,
    log: str | None = "uses",
    outcome: str = "refused",
    rule: str | None = None,
    same_gallery: bool = True,
) -> None:
    """Refused with this code, recorded as that, and nothing released."""
    error = ran.error
    assert error["code"] == code, ran.out
    assert ran.code == error["exit_code"] != 0
    assert rule is None or rule in error["rules"], ran.out
    assert ran.json.keys() == {"error"}
    nothing_named(ran)
    if same_gallery:
        assert site.gallery() == site.held
    if log == "uses":
        last = site.entries()[-1]["public"]
        assert (last["outcome"], last.get("code")) == (outcome, code)
        assert error["entry"] == f"uses/{len(site.entries()) - 1}"
    elif log is None:
        assert site.sizes() == site.logged, "it was recorded after all"


def nothing_named(ran: Ran) -> None:
    """Nobody in the galleries is named."""
    for subject in ("s-ana", "s-ben", "s-dora"):
        assert subject not in ran.out


def damaged(site: Site, ran: Ran, code: str) -> None:
    """The workspace does not open, and nothing is released."""
    assert ran.error["code"] == code, ran.out
    nothing_named(ran)
    assert site.gallery() == site.held
