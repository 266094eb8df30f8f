"""Every block of the documentation runs, in the order of its page, and prints what it says."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.util import find_spec
from itertools import combinations_with_replacement
from pathlib import Path

import pytest
import typer
import yaml
from blocks import Shell, blocks_of, commands_of, pattern_of, plain

from recognizance.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
RUN = {"console", "python"}
READ = {"toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}

TESTED_ELSEWHERE = {
    "audit.md": "tests/audit/test_audit_page.py",
    "gate.md": "tests/cli/test_gate_explanations.py",
    "bearer.md": "tests/bearer/test_bearer_pages.py",
    "video.md": "tests/video",
}
"""Pages whose commands a test of their own runs, on data of its own."""

NOT_RUN = 7
"""How many blocks are marked as such. One more is one more that nobody notices when it is wrong."""


def name_of(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


NEW = [
    page
    for page in PAGES
    if name_of(page) not in TESTED_ELSEWHERE
    and any(block.language in RUN and "not run" not in block.notes for block in blocks_of(page))
]


@cache
def verbs() -> typer.core.TyperGroup:
    return typer.main.get_command(app)


@pytest.fixture
def photographs(faces, tmp_path):
    """What a reader of a page has: people, their releases, and two photographs kept back."""
    with (faces / "lfw" / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    of: dict[str, list[Path]] = {}
    for row in rows:
        of.setdefault(row["subject_id"], []).append(faces / "lfw" / row["path"])
    chosen = ("Tiger_Woods", "Hugo_Chavez", "Colin_Powell")  # one face in each of these
    for number, subject in enumerate(chosen, start=1):
        folder = tmp_path / "people" / f"p-{number}"
        folder.mkdir(parents=True)
        for index, path in enumerate(of[subject][:2]):
            shutil.copy(path, folder / f"{index}.jpg")
    shutil.copy(of[chosen[0]][2], tmp_path / "photo.jpg")
    shutil.copy(of["David_Beckham"][0], tmp_path / "stranger.jpg")
    releases = "".join(f"p-{n},form-{16 + n}\n" for n in (1, 2, 3))
    (tmp_path / "releases.csv").write_text(f"subject_id,release_id\n{releases}")
    (tmp_path / "scores.csv").write_text(table_of_scores())
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    return tmp_path


def table_of_scores() -> str:
    """What somebody's system says of 60 people, each compared with each."""
    rows = ["probe,reference,mated,score,probe_sex,reference_sex"]
    for one, other in combinations_with_replacement(range(60), 2):
        score = 0.9 if one == other else (one * 37 + other * 61) % 100 / 200
        sexes = ",".join("female" if each % 2 else "male" for each in (one, other))
        rows.append(f"p{one},p{other},{int(one == other)},{score},{sexes}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def shell(tmp_path, tmp_path_factory):
    """A shell in the folder of a page, with a home of its own."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith("RECOGNIZANCE")}
    cache_folder = Path(os.environ.get("RECOGNIZANCE_CACHE", "~/.cache/recognizance")).expanduser()
    home = tmp_path_factory.mktemp("home")
    opened = Shell(
        tmp_path,
        kept
        | {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RECOGNIZANCE_CACHE": str(cache_folder),
            "COLUMNS": "200",
            "TERM": "dumb",
        },
    )
    yield opened
    opened.close()


@pytest.mark.faces
@pytest.mark.parametrize("page", NEW, ids=name_of)
def test_a_page_does_what_it_says(page, photographs, shell):
    blocks = blocks_of(page)
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if "not run" in block.notes or missing(block):
            continue
        status = int(block.notes.get("exits", 0))
        where = f"{name_of(page)}:{block.line}"
        if block.language == "python":
            code, printed = shell.python(block.text)
            told = after.text if after is not None and after.language == "text" else "…"
            assert code == status, f"{where}\n{printed}"
            assert pattern_of(told).fullmatch(plain(printed)), f"{where}\n{printed}"
        elif block.language == "console":
            run_console(shell, block, status, where)


def run_console(shell, block, status, where) -> None:
    commands = commands_of(block)
    assert commands, f"{where} has no command"
    for number, (command, told) in enumerate(commands):
        if command.startswith("recognizance serve"):
            shell.serve(command)
            continue
        code, printed = shell.run(command)
        expected = status if number == len(commands) - 1 else 0
        assert code == expected, f"{where} $ {command}\n{printed}"
        assert pattern_of(told).fullmatch(plain(printed)), f"{where} $ {command}\n{printed}"


def missing(block) -> bool:
    """Whether a block wants a part of the server that is not there; it is tried once it is."""
    rooms = {"/aws": "aws", "/api/v1": "compreface"}
    wanted = block.notes.get("needs")
    return wanted is not None and find_spec(f"recognizance.service.{rooms[wanted]}") is None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_not_run_can_be_read(page):
    for block in blocks_of(page):
        if block.language in READ and name_of(page) not in TESTED_ELSEWHERE:
            READ[block.language](block.text.replace("{{", "").replace("}}", ""))


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_command_that_a_page_shows_exists(page):
    for block in blocks_of(page):
        if block.language not in {"sh", "console"}:
            continue
        joined = block.text.replace("\\\n", " ")
        for line in re.findall(
            r"^(?:\$ )?(?:RECOGNIZANCE_\w+=\S+ )?recognizance (.*)$", joined, re.MULTILINE
        ):
            check_exists(line, f"{page.name}:{block.line}")


def check_exists(line: str, where: str) -> None:
    words = shlex.split(re.split(r" (?:\||>|&&) ", line)[0], comments=True)
    command = verbs()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not getattr(command, "commands", None) or words[:1] == ["--help"], f"{where}: {line}"
    options = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}
    used = {word.split("=")[0] for word in words if re.fullmatch(r"--?[a-z][\w=-]*", word)}
    assert used <= options | {"--help", "-h"}, f"{where}: {used - options}"


def test_blocks_that_are_not_run_say_why_and_are_few():
    marked = [b.notes["not run"] for page in PAGES for b in blocks_of(page) if "not run" in b.notes]
    assert all(len(reason.split()) > 3 for reason in marked)
    assert len(marked) == NOT_RUN
    for name, test in TESTED_ELSEWHERE.items():
        assert (ROOT / test).exists()
        assert (DOCS / name).exists()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_page_is_in_the_navigation(site):
    written = {
        path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html")
    }
    index = (site / "index.html").read_text()
    shown = {f"{link}.md" for link in re.findall(r'href="([\w/-]+)\.html"', index)}
    assert written - {"404.md", "index.md"} <= shown


def test_no_page_loads_anything_from_elsewhere(site):
    loading = re.compile(
        r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["']?(?:https?:)?//"""
        r"""|<link\b(?![^>]*rel=["']?canonical)[^>]*\bhref=["']?(?:https?:)?//"""
    )
    for path in site.rglob("*.html"):
        found = loading.search(path.read_text())
        assert found is None, f"{path.name}: {found}"
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", path.read_text()), path


def test_the_generated_reference_has_every_verb_and_route(site):
    text = (site / "reference" / "command-line.html").read_text()
    for name in verbs().commands:
        assert f"recognizance {name}" in text
    assert "/health/ready" in (site / "reference" / "rest.html").read_text()


def test_pictures_are_small_and_each_is_shown():
    pictures = sorted((DOCS / "images").rglob("*.png"))
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for each in pictures:
        assert each.relative_to(DOCS).as_posix() in told, each
        assert each.stat().st_size < 60_000, each
