"""An authority and two operators, each with folders of its own, as on three machines."""

from pathlib import Path

from fakes import FakeClock, FakeEngine
from recognizance.authority.answering import Authority
from recognizance.authority.folder import create_authority, open_authority
from recognizance.gate.permit import Permit, Use
from recognizance.gate.scope import Circumstances, Scope
from recognizance.gate.submission import parse_submission
from recognizance.permits.exchange import accept_answer, request_permit
from recognizance.permits.issuing import Issued, Proposal, propose
from recognizance.settings import Settings
from recognizance.types import ErrorRate, Operation, Role
from recognizance.workspace import Actor, Workspace, make_principal

LOUNGE = (Path(__file__).parent / "lounge.toml").read_text(encoding="utf-8")
"""Live search of released members at one public site: standard, fenced to a place."""


class Operator:
    """A workspace that has pinned the authority, and short words for what its people do."""

    def __init__(self, folder: Path, name: str, authority: Authority, clock: FakeClock) -> None:
        self.name = name
        self.clock = clock
        self.settings = settings_of(folder / name)
        self.workspace = Workspace.create(
            self.settings, authority=authority.public_key, clock=clock
        )
        self.workspace.__dict__["engine"] = FakeEngine(self.workspace.evidence.model_id)

    def proposal(self, text: str = LOUNGE, **changes) -> Proposal:
        stated = {"An airline": self.name} if text == LOUNGE else {}
        for before, after in stated.items():
            text = text.replace(before, after)
        return Proposal(
            **{
                "submission": parse_submission(text.encode()),
                "target": (ErrorRate.FPIR, 10_000_000),
                "gallery_ids": frozenset({"g"}),
                "gallery_size": 10,
                "scope": Scope(sites=frozenset({"lounge"})),
            }
            | changes
        )

    def propose(self, text: str = LOUNGE, **changes) -> Issued:
        return propose(
            self.workspace,
            self.proposal(text, **changes),
            proposer=self.acting("operator"),
            officers=[self.acting("officer")],
        )

    def request(self, text: str = LOUNGE, **changes) -> tuple[Permit, bytes]:
        """A permit of this proposal, and the request for it."""
        issued = self.propose(text, **changes)
        assert issued.permit is not None, [f.rule_id for f in issued.decision.deciding]
        return issued.permit, self.ask(issued.permit)

    def ask(self, permit: Permit) -> bytes:
        return request_permit(
            self.workspace,
            permit,
            proposer=self.acting("operator"),
            officers=[self.acting("officer")],
        )

    def accept(self, letter: bytes):
        return accept_answer(self.workspace, letter, by=self.acting("operator"))

    def in_force(self, authority: Authority, text: str = LOUNGE, **changes) -> str:
        permit, request = self.request(text, **changes)
        self.accept(authority.countersign(request).letter)
        return permit.permit_id

    def acting(self, name: str) -> Actor:
        return self.workspace.acting(name)

    def use(self, permit_id: str) -> Permit:
        """What the desk asks before each use."""
        use = Use(
            Operation.SEARCH, None, "g", ("9" * 64,), circumstances=Circumstances(site="lounge")
        )
        return self.workspace.shelf.admit(permit_id, use, now=self.clock())

    def add(self, name: str, *roles: Role) -> Actor:
        principal = make_principal(self.workspace.layout, name, frozenset(roles))
        self.workspace.registry.add_principal(principal, by=None, now=self.clock())
        return self.acting(name)


def settings_of(folder: Path) -> Settings:
    return Settings(home=folder / "data", key_folder=folder / "keys", cache=folder / "cache")


def make_authority(folder: Path, clock: FakeClock, name: str = "The board") -> Authority:
    return create_authority(folder / name, settings_of(folder / name), name=name, clock=clock)


def reopen_authority(folder: Path, clock: FakeClock, name: str = "The board") -> Authority:
    return open_authority(folder / name, settings_of(folder / name), clock=clock)
