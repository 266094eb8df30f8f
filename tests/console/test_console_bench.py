"""The benchmark of the console, in short: it asks for every page there is, and each is answered."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger
from recognizance.service import console

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import bench_console  # noqa: E402  # lies in benchmarks/

NO_PAGES = re.compile(
    r"/static/|\.(jpg|csv)$|/(events|panel|toml|result|receipt|leaf|evidence|report|letter)$"
    r"|/propose/template/|/review/next$|/audit/jobs/|/redact/|\{part\}"
)
"""Files and parts of pages; those of an audit and of a redaction need a job that has run."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def home(kept) -> Path:
    size = bench_console.Size(references=30, leads=60, entries=400, permits=2)
    return bench_console.kept(size, kept)


def test_what_was_filled_in_batches_is_a_ledger_like_any_other(home):
    with bench_console.opening(home) as workspace:
        vkeys = [workspace.ledger.vkey(log) for log in LogName]
        report = verify_ledger(workspace.layout.ledger, vkeys, workspace.layout.pin)
        assert report.ok, report.findings
        assert workspace.ledger.size(LogName.USES) >= 400
        assert workspace.gallery.queued(["open"]) == 60


def test_every_page_of_the_console_is_among_those_that_are_measured(home):
    _, pages = bench_console.prepare(home)
    asked = {page.path.partition("?")[0] for page in pages}
    for part in console.PARTS:
        for route in part.router.routes:
            if "GET" in route.methods and not NO_PAGES.search(route.path):
                assert any(route.path_regex.match(path) for path in asked), route.path


def test_the_short_form_prints_a_row_a_page(home, kept):
    done = subprocess.run(
        [
            *(sys.executable, str(BENCHMARKS / "bench_console.py"), "--kept", str(kept)),
            *("--references", "30", "--leads", "60", "--entries", "400", "--permits", "2"),
            *("--asks", "1", "--paints", "0"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    assert "/ledger?q=held_for_review auditor" in done.stdout
    heaviest = re.search(r"heaviest\s+([\d.]+) kB", done.stdout)
    assert float(heaviest[1]) < 200
