"""People with accounts at a server, and browsers in which they are logged in, for tests."""

from dataclasses import dataclass, field

import httpx

from office import Office
from recognizance.ledger import LogName
from recognizance.service.accounts import Accounts
from recognizance.service.store import Store

PASSWORD = "correct horse battery staple"  # noqa: S105  # of people who are not


@dataclass
class People:
    """Who has an account at a server, and browsers in which they are logged in."""

    office: Office
    address: str
    browsers: list = field(default_factory=list)

    def accounts(self):
        return Store(self.office.workspace.layout.service, wait_s=5.0)

    def add(self, name, *roles, password=PASSWORD):
        """An account for somebody, who is registered with these roles where there are any."""
        if roles:
            self.office.add(name, *roles)
        principal = self.office.workspace.acting(name).principal
        with self.accounts() as store:
            Accounts(store).add(principal, password, now=self.office.workspace.clock())
        return principal

    def browser(self, **headers):
        """A browser of nobody."""
        self.browsers.append(httpx.Client(base_url=self.address, headers=headers, timeout=20))
        return self.browsers[-1]

    def log_in(self, name, *, password=PASSWORD):
        """A browser in which somebody has logged in with a password, as a page of ours does."""
        browser = self.browser()
        answer = browser.post("/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        browser.headers["x-csrf-token"] = answer.json()["csrf"]
        return browser

    def logins(self):
        """What the ledger has of logins: outcome, means, and whose."""
        ledger = self.office.workspace.ledger
        return [
            (
                entry.public["outcome"],
                entry.public["how"],
                ledger.private(entry.log, entry.index)["principal"],
            )
            for entry in self.entries()
            if entry.kind == "login"
        ]

    def entries(self):
        """What the ledger has of uses."""
        return list(self.office.workspace.ledger.entries(LogName.USES))
