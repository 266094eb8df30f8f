"""Wheel and sdist: built without a network, installed apart from the checkout, and they run."""

import hashlib
import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from recognizance import __version__

ROOT = Path(__file__).resolve().parents[2]


def build(source: Path, into: Path, *targets: str) -> None:
    wanted = [word for target in targets for word in ("-t", target)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", into, *wanted],
        cwd=source,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with both, and a wheel that was made of the unpacked sdist alone."""
    folder = tmp_path_factory.mktemp("built")
    build(ROOT, folder, "sdist", "wheel")
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    build(folder / f"recognizance-{__version__}", folder / "again", "wheel")
    return folder


@pytest.fixture(scope="module")
def command(built) -> Path:
    """The installed command of a fresh environment that sees the libraries of this one."""
    venv.create(built / "env", with_pip=False)
    python = built / "env" / "bin" / "python"
    (packages,) = (built / "env").glob("lib/python*/site-packages")
    # A path in a .pth file is looked into and its own .pth files are not: no editable checkout.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (wheel,) = (built / "again").glob("*.whl")
    into = ("--no-deps", "--no-index", "-q", "--disable-pip-version-check", "--force-reinstall")
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", *into]
    subprocess.run([*pip, "--ignore-installed", wheel], check=True, capture_output=True)
    return built / "env" / "bin" / "recognizance"


def ran(command: Path, *words: object, cwd: Path) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [command, *map(str, words)],
        cwd=cwd,
        env=kept | {"RECOGNIZANCE_KEY_FOLDER": str(cwd / "keys"), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as file:
        return {
            name: hashlib.sha256(file.read(name)).hexdigest()
            for name in file.namelist()
            if not name.endswith("RECORD")
        }


def test_a_wheel_of_the_sdist_is_the_wheel_of_the_checkout(built):
    (wheel,), (again,) = built.glob("*.whl"), (built / "again").glob("*.whl")
    assert contents(wheel) == contents(again)
    names = contents(wheel)
    assert "recognizance/_rules/cases/police-car-body-everyone-stopped.toml" in names
    assert any(name.endswith("store/migrations/env.py") for name in names)
    assert not any(name.endswith((".jpg", ".png", ".key", ".db")) for name in names)


def test_the_sdist_holds_what_its_own_tests_need(built):
    unpacked = built / f"recognizance-{__version__}"
    for name in ("packaging/Dockerfile", "mkdocs.yml", "docs/index.md", "requirements/dev.txt"):
        assert (unpacked / name).is_file(), name


def test_the_command_runs_outside_the_checkout(command, tmp_path):
    where = "import recognizance; print(recognizance.__file__)"
    python = command.with_name("python")
    told = subprocess.run(
        [python, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(told.stdout.strip()).is_relative_to(command.parents[1])
    assert ran(command, "--version", cwd=tmp_path) == f"recognizance {__version__}\n"
    last = ran(command, "gate", "cases", cwd=tmp_path).splitlines()[-1].split()
    assert last[0] == last[2]
    ran(command, "init", "--plain-keys", cwd=tmp_path)
    ran(command, "backup", "kept.tar", cwd=tmp_path)
    assert ran(command, "restore", "kept.tar", "--verify", cwd=tmp_path).startswith("Whole")


def test_the_server_of_the_installed_wheel_is_ready(command, tmp_path):
    ran(command, "init", "--plain-keys", cwd=tmp_path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with subprocess.Popen(
        [command, "serve", "--port", "0"],
        cwd=tmp_path,
        env=kept | {"RECOGNIZANCE_KEY_FOLDER": str(tmp_path / "keys")},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            address = server.stderr.readline().split()[-1]
            with urllib.request.urlopen(f"{address}/health/ready", timeout=60) as answer:  # noqa: S310
                assert answer.status == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    assert server.returncode in {0, -signal.SIGTERM}  # it stopped in order, then says by what
