"""The only composition root: opens the stores, wires the ports, runs what is due.

A workspace is a folder (`workspace.json`, `ledger.db`, `gallery.db`, `permits/`, `submissions/`).
Its secrets lie outside it: the workspace key, the principals' keys and the ledger's pin are in the
user's key folder, so that a copy of the data folder opens no template and no picture.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from recognizance import duties
from recognizance.bearer.gate import Bearer
from recognizance.canonical import canonical_bytes
from recognizance.desk import Desk
from recognizance.errors import (
    KeyFileError,
    PartMissingError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
)
from recognizance.evidence import load_evidence, threshold_for
from recognizance.gallery import CHANGES, Indexes, SqliteGallery, check_newest
from recognizance.gate.bundle import load_bundle
from recognizance.gate.permit import PermitChecker
from recognizance.keys import new_secret
from recognizance.keys.files import (
    KeyKind,
    read_key_file,
    read_signer,
    unlock_from_file,
    write_key_file,
)
from recognizance.keys.locks import unlock_with
from recognizance.layout import SCHEMA, Layout, read_about, write_atomically
from recognizance.ledger import Ledger, LogName
from recognizance.lock import alone, at_work, in_turn
from recognizance.principals import make_principal
from recognizance.recovery import settle
from recognizance.registry import PermitShelf, Registry, known_permit
from recognizance.registry.kept_tally import KeptTally
from recognizance.registry.naming import Naming
from recognizance.registry.queue import Queue
from recognizance.registry.submissions import declared_of
from recognizance.settings import load_settings
from recognizance.types import Principal, Role, utc_moment, utc_text

if TYPE_CHECKING:
    from typing import Any, Self

    from recognizance.engine import Engine
    from recognizance.evidence import Evidence, Threshold
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.permit import Permit, Target
    from recognizance.keys import Signer
    from recognizance.keys.files import KeyMaterial
    from recognizance.keys.locks import Unlock
    from recognizance.ports import Clock, EnginePort
    from recognizance.settings import Settings

FIRST_PRINCIPALS = {
    "operator": frozenset({Role.CUSTODIAN, Role.PROPOSER, Role.OPERATOR, Role.SUBJECT_DESK}),
    "officer": frozenset({Role.SIGNING_OFFICER}),
}
"""Who exists after `init`: two keys, because who proposes does not sign."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """A principal together with its key: somebody who can act here and now."""

    principal: Principal
    key: Signer


class Workspace:
    """An open workspace. Use it as a context manager."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        about: dict[str, Any],
        key: KeyMaterial,
        *,
        clock: Clock,
        unlock: Unlock | None,
    ) -> None:
        self.settings = settings
        self.layout = layout
        self.workspace_id = str(about["workspace_id"])
        self.authority = bytes.fromhex(str(about["authority"])) if about["authority"] else None
        self.clock = clock
        self.unlock = unlock
        self.ledger = Ledger.open(
            layout.ledger,
            key=key.signing_key,
            origin=origin_of(self.workspace_id),
            pin=layout.pin,
            wait_s=settings.wait_s,
        )
        self.gallery = SqliteGallery.open(layout.gallery, key.sealing_key, wait_s=settings.wait_s)
        self.registry = Registry(self.ledger)
        self.registry.refresh()
        if self.registry.authority != about["authority"]:
            raise WorkspaceDamagedError(
                "workspace.json names another authority than the ledger.",
                hint="Restore workspace.json; an authority is pinned once, by `init`.",
            )
        self._thresholds: dict[Target, Threshold] = {}
        self._sealing_key = key.sealing_key
        self.bearer = Bearer.of_workspace(
            key.sealing_key, self.workspace_id, layout.submissions, self.ledger
        )

    # ---- coming and going -----------------------------------------------------------------

    @classmethod
    def create(
        cls,
        settings: Settings,
        *,
        authority: bytes | None = None,
        clock: Clock = utc_now,
        passphrase: bytes | None = None,
    ) -> Self:
        """Make a workspace, with two principals, and open it.

        Args:
            settings: Where it is to stand.
            authority: Raw public key of the authority to pin.
            clock: The clock.
            passphrase: Encrypts the key files; without one they are plain.

        Raises:
            WorkspaceExistsError: Something stands there already.
            InputError: The passphrase is too short.
        """
        home = settings.home
        if home.exists() and any(home.iterdir()):
            raise WorkspaceExistsError(
                f"{home} is there already and not empty.",
                hint="Set RECOGNIZANCE_HOME to another folder, or use the workspace that is there.",
            )
        workspace_id = secrets.token_hex(8)
        layout = Layout.of(settings, workspace_id)
        for folder in (home, layout.permits, layout.submissions):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_key_file(
            layout.workspace_key,
            kind=KeyKind.WORKSPACE,
            name=workspace_id,
            secret=new_secret() + new_secret(),
            passphrase=passphrase,
        )
        unlock = None if passphrase is None else unlock_with(passphrase)
        key = read_key_file(layout.workspace_key, KeyKind.WORKSPACE, unlock)
        origin = origin_of(workspace_id)
        now = clock()
        with Ledger.create(
            layout.ledger, key=key.signing_key, origin=origin, pin=layout.pin
        ) as ledger:
            ledger.append(
                LogName.DECISIONS,
                "workspace_created",
                {"workspace": workspace_id, "authority": authority.hex() if authority else None},
                now=now,
            )
            registry = Registry(ledger)
            for name, roles in FIRST_PRINCIPALS.items():
                principal = make_principal(layout, name, roles, passphrase=passphrase)
                registry.add_principal(principal, by=None, now=now)
            vkeys = [ledger.vkey(log) for log in LogName]
        SqliteGallery.create(layout.gallery, key.sealing_key).close()
        about = {
            "schema": SCHEMA,
            "workspace_id": workspace_id,
            "created": utc_text(now),
            "authority": authority.hex() if authority else None,
            "ledger_vkeys": vkeys,
        }
        # Written last: a folder without it is no workspace, so a half-made one is never opened.
        write_atomically(home / "workspace.json", canonical_bytes(about))
        return cls.open(settings, clock=clock, unlock=unlock)

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        clock: Clock = utc_now,
        unlock: Unlock | None = None,
    ) -> Self:
        """Open the workspace, settle what was cut off and do what is overdue.

        Args:
            settings: Where it is; read from the environment where they are not given.
            clock: The clock.
            unlock: Gives passphrases; without it the passphrase file of the settings does.

        Raises:
            PassphraseError: A key is encrypted, and nothing opens it.
            WorkspaceMissingError: There is none.
            WorkspaceNewerError: It was written by a newer program.
            WorkspaceDamagedError: A part of it cannot be read.
            LedgerDamagedError: The ledger is shorter than its pin, or contradicts it.
        """
        settings = settings or load_settings()
        about = read_about(settings.home)
        layout = Layout.of(settings, str(about["workspace_id"]))
        if unlock is None and settings.passphrase_file is not None:
            unlock = unlock_from_file(settings.passphrase_file)
        key = read_key_file(layout.workspace_key, KeyKind.WORKSPACE, unlock)
        if key.name != about["workspace_id"]:
            raise KeyFileError(
                "This key file belongs to another workspace.",
                hint=f"Point RECOGNIZANCE_KEY_FILE to the key of {about['workspace_id']}.",
            )
        workspace = cls(settings, layout, about, key, clock=clock, unlock=unlock)
        try:
            workspace.check_gallery()
            with alone(layout.lock) as nobody_at_work, alone(layout.watch_lock) as nobody_watches:
                if nobody_at_work:
                    settle(workspace.ledger, workspace.gallery, now=clock(), watches=nobody_watches)
            workspace.run_duties()
        except BaseException:
            workspace.close()
            raise
        return workspace

    def close(self) -> None:
        """Keep what was counted, wipe what the indexes hold and close both stores."""
        with self.ledger, self.gallery:
            self.indexes.wipe()
            if "shelf" in vars(self):
                self.shelf.counts.keep()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- the parts ------------------------------------------------------------------------

    @cached_property
    def bundle(self) -> RuleBundle:
        """The rules, loaded and validated."""
        return load_bundle()

    @cached_property
    def engine(self) -> EnginePort:
        """The models; loading them takes a moment, so only what needs pixels asks for them.

        Raises:
            ModelMismatchError: They are not what the evidence was measured on.
        """
        engine = load_engine(self.settings)
        self.evidence.require_model(engine.model_id, engine.cohort_id)
        return engine

    @cached_property
    def evidence(self) -> Evidence:
        """The measured error rates that thresholds come from."""
        return load_evidence()

    @cached_property
    def indexes(self) -> Indexes:
        """One exact index a gallery, reloaded when the gallery has changed."""
        return Indexes(self.gallery)

    @cached_property
    def shelf(self) -> PermitShelf:
        """The permits, checked against the rules, the model and the evidence that are here now."""
        checker = PermitChecker(
            workspace_id=self.workspace_id,
            authority=self.authority,
            bundle_digest=self.bundle.digest,
            model_id=self.evidence.model_id,
            evidence_digest=self.evidence.digest,
        )
        measured_at = utc_moment(self.evidence.made_at)
        kept = KeptTally(self.layout.tally, self.secret_for("tally"), write_atomically)
        return PermitShelf(self.layout.permits, self.registry, checker, measured_at, kept)

    @cached_property
    def naming(self) -> Naming:
        """Which uses name a person."""
        return Naming(self.ledger)

    @cached_property
    def desk(self) -> Desk:
        """The desk, with everything wired."""
        return Desk(
            queue=Queue(self.ledger, self.secret_for("planted leads")),
            engine=lambda: self.engine,
            permits=self.shelf,
            thresholds=self.threshold,
            declared=partial(declared_of, self.layout.submissions),
            gallery=self.gallery,
            indexes=self.indexes,
            ledger=self.ledger,
            clock=self.clock,
            at_work=partial(at_work, self.layout.lock),
            on_watch=partial(at_work, self.layout.watch_lock),
            in_turn=partial(in_turn, self.layout.turn_lock, wait_s=self.settings.wait_s),
            bearer=self.bearer,
        )

    def check_gallery(self) -> None:
        """Is the gallery the newest one that the ledger knows of?

        Raises:
            WorkspaceDamagedError: An older copy was put back.
        """
        named = (self.ledger.newest_fact(log, CHANGES) for log in LogName)
        recorded = max((each for each in named if isinstance(each, int)), default=0)
        changes = self.gallery.changes()  # after the ledger: another process may be at work
        if changes is not None:
            check_newest(changes, recorded)

    def run_duties(self) -> int:
        """Do what is overdue; how many references and leads it destroyed."""
        find = partial(known_permit, self.layout.permits, self.registry)
        return duties.run_due(self.ledger, self.gallery, self.registry, find, now=self.clock())

    def threshold(self, permit: Permit) -> Threshold:
        """The threshold for a permit's target, from the evidence."""
        return self.threshold_of(permit.target)

    def threshold_of(self, target: Target) -> Threshold:
        """The threshold for a target, from the evidence.

        Raises:
            TargetUnsupportedError: Nothing was measured that low; it is never extrapolated.
        """
        known = self._thresholds.get(target)
        if known is None:
            known = self._thresholds[target] = threshold_for(
                self.evidence, target.rate, target.target_ppb, target.gallery_size or 1
            )
        return known

    def secret_for(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, derived from the workspace's own."""
        return hmac.digest(self._sealing_key, f"recognizance {purpose}".encode(), "sha256")

    def acting(self, name: str | None = None) -> Actor:
        """The principal that acts, with its key, by name or by `RECOGNIZANCE_PRINCIPAL`.

        Raises:
            PrincipalError: No such principal.
            KeyFileError: Its key is not on this machine, or is not the registered one.
        """
        name = name or self.settings.principal
        principal = self.registry.named(name)
        key = read_signer(self.layout.principal_key(name), self.unlock)
        if key.public_key != principal.public_key:
            raise KeyFileError(
                f"The key file of {name!r} is not the key that is registered.",
                hint="Restore the right key file, or register a new principal.",
            )
        return Actor(principal, key)


def origin_of(workspace_id: str) -> str:
    """The name under which this workspace's checkpoints are known."""
    return f"recognizance/{workspace_id}"


def load_engine(settings: Settings) -> Engine:
    """The models, as the settings say.

    Raises:
        ModelError: A model file is missing or not the pinned one.
        PartMissingError: The engine is not installed.
    """
    try:
        from recognizance.engine import Engine  # noqa: PLC0415  # only what needs pixels pays
    except ImportError as error:
        if missing := PartMissingError.of(error):
            raise missing from error
        raise

    return Engine.load(
        runtime=settings.runtime,
        precision=settings.precision,
        threads=settings.threads or None,
        cache_dir=settings.cache,
    )
