"""Every page of the console at its largest: time at the server, weight, first contentful paint.

    .venv/bin/python benchmarks/bench_console.py [--references N] [--leads N] [--entries N]
        [--permits N] [--asks N] [--paints N] [--only PART] [--kept FOLDER]

The workspace (`big_workspace.py`) is made once and kept in `.cache/bench-console/`; its clock
stands a second after its last entry and goes on from there. The server is a process of its own on
loopback.

A row is a page. *Time* is from the request to the last byte of the answer, the client's own part
counted in; beside the median and the 95th percentile stands the median of what the server's
process computed meanwhile, which another program on the machine does not lengthen. *Weight* is
the page with its style sheet and its modules, not compressed, photographs left out. *Paint* is
the first contentful paint that chromium reports on a first visit, with nothing cached and the CPU
throttled four times; the median of a few visits. Without chromium it is left out.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx
import numpy as np
from playwright.sync_api import sync_playwright

from big_workspace import PEOPLE, Size, build, settings_of
from recognizance.ledger import LogName
from recognizance.listing import offers
from recognizance.observe import configure
from recognizance.permits.oversight import announce_assembly
from recognizance.permits.waiting import waiting
from recognizance.review import WAITING
from recognizance.service.accounts import Accounts
from recognizance.service.forms import COOKIE
from recognizance.service.serving import Place, serve
from recognizance.service.store import Store
from recognizance.subjects import establish, requests_of
from recognizance.types import Operation, utc_moment
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

KEPT = Path(__file__).resolve().parents[1] / ".cache" / "bench-console"
GOALS = "asked: under 100 ms at the server, 200 kB, 1,000 ms to the first paint"
ASKED_AT_MOST_PER_S = 40
"""A caller may ask fifty times a second."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and who looks at it; nobody is the public."""

    path: str
    by: str = ""


# ---- what is served -----------------------------------------------------------------------------


def opening(home: Path) -> Workspace:
    """The workspace, by a clock that goes on from its last entry."""
    settings = settings_of(home)
    with closing(sqlite3.connect(settings.home / "ledger.db")) as database:
        (newest,) = database.execute(
            "SELECT max(json_extract(data, '$.time')) FROM leaf JOIN"
            " (SELECT log, max(idx) AS idx FROM leaf GROUP BY log) USING (log, idx)"
        ).fetchone()
    shift = datetime.now(UTC) - utc_moment(newest) - timedelta(seconds=1)
    return Workspace.open(settings, clock=lambda: datetime.now(UTC) - shift)


def serve_it(home: Path) -> None:
    """The service, in this process."""
    configure("warning")
    again = opening(home)
    clock = again.clock
    again.close()
    begun = time.perf_counter()

    def tell(address: str) -> None:
        print(f"SERVING {address} {time.perf_counter() - begun:.2f}", flush=True)

    serve(
        partial(Workspace.open, settings_of(home), clock=clock),
        Place("127.0.0.1", 0),
        started=tell,
    )


class Server:
    """The server in a process of its own."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve", str(home)], stdout=subprocess.PIPE, text=True
        )
        for line in self._process.stdout:
            if found := re.match(r"SERVING (\S+) (\S+)", line):
                self.address, self.started_s = found[1], float(found[2])
                return
        raise SystemExit("the server did not start")

    def computed_ms(self) -> float:
        """What all its threads have computed so far."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((each / "schedstat").read_text().split()[0]) for each in tasks) / 1e6

    def memory_mib(self) -> float:
        """The most memory that it ever held."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        """Stop it, and wait."""
        self._process.terminate()
        self._process.wait(60)


# ---- which pages --------------------------------------------------------------------------------


def prepare(home: Path) -> tuple[dict[str, str], list[Page]]:
    """A session for everybody, and the pages there are."""
    with opening(home) as workspace, Store(workspace.layout.service, wait_s=10.0) as store:
        accounts, now = Accounts(store), workspace.clock()
        sessions = {}
        for name in ("operator", "officer", *PEOPLE):
            principal = workspace.acting(name).principal
            if not accounts.has(principal.principal_id):
                accounts.add(principal, None, now=now)
            sessions[name], _ = accounts.log_in(principal.principal_id, now=now)
        calendar = workspace.registry.standing.calendar()
        site = "Market square"
        if not calendar:
            officer = workspace.acting("officer")
            announce_assembly(
                workspace,
                site=site,
                begins=now,
                ends=now + timedelta(hours=9),
                reason="A march.",
                by=officer,
            )
        desk = workspace.acting("operator").principal
        asked = requests_of(workspace)[1]
        if asked.identity is None:
            establish(workspace, asked.request_id, how="A passport was shown.", by=desk)
        return sessions, list(pages_of(workspace))


def pages_of(workspace: Workspace) -> Iterator[Page]:
    """Every page, the long ones also sorted, filtered and further down."""
    permit = offers(workspace, Operation.SEARCH)[0]["permit_id"]
    lead = workspace.gallery.queue(WAITING, most=1)[0].lead_id
    proposal = next(iter(waiting(workspace)))
    request = requests_of(workspace)[1].request_id
    assembly = workspace.registry.standing.calendar()[0].assembly_id
    size = workspace.ledger.size(LogName.USES)
    kinds = {"search"}
    newest = workspace.ledger.entries(LogName.USES, start=max(0, size - 300), kinds=kinds)
    answer = max(entry.index for entry in newest)
    public = "/ /login /help /check /start/demo /start/deployment /start/audit /register"
    public += " /register?sort=-uses /register?q=office+7 /register?page=2 /register/refused"
    public += f" /register/refused?page=2 /register/{permit} /register/{permit}/notice"
    operator = "/ /account /search /verify /enroll /review /subjects /subjects?sort=-due&page=2"
    operator += f" /subjects/{request} /search?permit={permit} /search/{answer}"
    operator += f" /live /live/fleet /live/calendar /live/calendar/{assembly} /live/{permit}"
    operator += f" /propose /propose/ask /propose/form /propose/check /propose/sent/{proposal}"
    operator += f" /propose/renew/{permit} /redact"
    reviewer = (
        f"/review /review?sort=-expires_at /review?q={lead[:5]} /review?page=2 /review/{lead}"
    )
    reviewer += " /review?page=150 /review?at=confirmed /review?at=closed"
    officer = f"/ /decide /decide?sort=-permit&page=2 /decide/permits /decide/permits/{permit}"
    officer += f" /decide/{proposal} /review/checks /review/{lead} /decide/permits/{permit}/figures"
    auditor = "/audit /audit/new /audit/compare /ledger /ledger?log=decisions"
    auditor += f" /ledger?before={size // 2} /ledger?q={lead} /ledger?q=held_for_review"
    auditor += f" /ledger?q=nothing+has+this /ledger/uses/{size // 2} /ledger/decisions/0"
    lists = {"": public, "operator": operator, "reviewer-1": reviewer, "officer": officer}
    for by, paths in (lists | {"auditor": auditor}).items():
        yield from (Page(path, by) for path in paths.split())


# ---- measuring ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What one page took."""

    page: Page
    first_ms: float
    times_ms: list[float]
    computed_ms: float
    weight_kb: float
    paint_ms: float | None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for pages, and looks at them.

    Attributes:
        server: The server.
        sessions: A session for everybody.
        asks: How often a page is asked for.
        paints: How often it is looked at.
        browser: None where there is none.
    """

    server: Server
    sessions: dict[str, str]
    asks: int
    paints: int
    browser: Browser | None

    def measured(self, page: Page) -> Measured:
        """Ask for a page so often, and look at it in the browser."""
        cookies = {COOKIE: self.sessions[page.by]} if page.by else {}
        address, times, computed = self.server.address, [], []
        with httpx.Client(base_url=address, cookies=cookies, timeout=300) as client:
            for _ in range(self.asks + 1):
                before, start = self.server.computed_ms(), time.perf_counter()
                answer = client.get(page.path)
                times.append((time.perf_counter() - start) * 1e3)
                computed.append(self.server.computed_ms() - before)
                if answer.status_code != httpx.codes.OK:
                    raise SystemExit(f"{page}: {answer.status_code}\n{answer.text}")
                time.sleep(1 / ASKED_AT_MOST_PER_S)
            parts = sorted(set(re.findall(r'"(/static/[^"]+\.(?:css|js)[^"]*)"', answer.text)))
            weight = len(answer.content) + sum(len(client.get(part).content) for part in parts)
        seen = []
        if self.browser is not None:
            looks = range(self.paints)
            seen = [first_paint(self.browser, address, page, cookies) for _ in looks]
        paint = median(seen) if seen else None
        return Measured(page, times[0], times[1:], median(computed[1:]), weight / 1000, paint)


def first_paint(browser: Browser, address: str, page: Page, cookies: dict[str, str]) -> float:
    """The first contentful paint of a first visit, in milliseconds."""
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
    tab = context.new_page()
    context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    tab.goto(page.path, wait_until="load")
    found = tab.evaluate(
        """() => new Promise((told) => new PerformanceObserver((list) => {
             for (const each of list.getEntries())
               if (each.name === "first-contentful-paint") told(each.startTime);
           }).observe({ type: "paint", buffered: true }))"""
    )
    context.close()
    return float(found)


@contextmanager
def chromium(*, wanted: bool) -> Iterator[Browser | None]:
    """The browser, where it is wanted and there is one."""
    path = shutil.which("chromium")
    if path is None or not wanted:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def kept(size: Size, folder: Path) -> Path:
    """The workspace of that size, made where it is not there."""
    home = folder / f"{size.references}-{size.leads}-{size.entries}-{size.permits}"
    if not home.exists():
        making = home.with_name(f"{home.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        build(making, size)
        making.rename(home)
    return home


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["serve"]:
        serve_it(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=int, default=100_000)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--permits", type=int, default=60)
    parser.add_argument("--kept", type=Path, default=KEPT, help="where workspaces are kept")
    parser.add_argument("--asks", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--paints", type=int, default=3, help="how often each is looked at")
    parser.add_argument("--only", default="", help="pages whose address begins so")
    given = parser.parse_args()
    home = kept(Size(given.references, given.leads, given.entries, given.permits), given.kept)
    sessions, pages = prepare(home)
    print(f"{given.references:,} references, {given.leads:,} leads, {given.entries:,} entries")
    print(GOALS)
    if given.only:
        pages = [page for page in pages if page.path.startswith(given.only)]
    server = Server(home)
    print(f"the server is ready after {server.started_s:.1f} s")
    print(f"{'first ms':>9}{'median':>8}{'95th':>8}{'computed':>9}{'kB':>7}{'paint ms':>9}  page")
    found = []
    try:
        with chromium(wanted=given.paints > 0) as browser:
            asker = Asker(server, sessions, given.asks, given.paints, browser)
            for page in pages:
                found.append(asker.measured(page))
                print(row_of(found[-1]), flush=True)
        print(f"memory of the server, at most {server.memory_mib():,.0f} MiB")
    finally:
        server.stop()
    summarise(found)


def row_of(one: Measured) -> str:
    """A page's figures on a line."""
    paint = f"{one.paint_ms:9.0f}" if one.paint_ms is not None else " not seen"
    return (
        f"{one.first_ms:9.1f}{median(one.times_ms):8.1f}{np.quantile(one.times_ms, 0.95):8.1f}"
        f"{one.computed_ms:9.1f}{one.weight_kb:7.1f}{paint}  "
        f"{one.page.path} {one.page.by}".rstrip()
    )


def summarise(found: list[Measured]) -> None:
    """The worst of each figure."""
    slow = max(found, key=lambda one: median(one.times_ms))
    late = max(found, key=lambda one: float(np.quantile(one.times_ms, 0.95)))
    busy = max(found, key=lambda one: one.computed_ms)
    heavy = max(found, key=lambda one: one.weight_kb)
    print(f"pages                          {len(found):8d}")
    end = np.quantile(late.times_ms, 0.95)
    print(f"slowest median                 {median(slow.times_ms):8.1f} ms  {slow.page.path}")
    print(f"slowest 95th percentile        {end:8.1f} ms  {late.page.path}")
    print(f"most computed                  {busy.computed_ms:8.1f} ms  {busy.page.path}")
    print(f"heaviest                       {heavy.weight_kb:8.1f} kB  {heavy.page.path}")
    if painted := [one for one in found if one.paint_ms is not None]:
        last = max(painted, key=lambda one: one.paint_ms)
        print(f"latest first paint             {last.paint_ms:8.0f} ms  {last.page.path}")


if __name__ == "__main__":
    main()
