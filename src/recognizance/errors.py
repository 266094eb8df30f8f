"""One error tree. Every error has a stable code, an exit code, and says what to do next.

RecognizanceError                internal.error              1
├── StoreBusyError               store.busy                  1
├── StoreFullError               store.full                  1
├── InterruptedUseError          use.interrupted             1
├── WorkerLostError              fleet.worker_lost           1
├── DeliveryError                event.undelivered           1
├── ServerError                  server.unreachable          1
├── ServiceBusyError             service.busy                1
├── TooManyRequestsError         request.rate                1
├── SlowClientError              request.slow                1
├── ProviderError                access.provider             1
├── InputError                   input.invalid               2
│   ├── UsageError               input.usage                 2
│   ├── RequestTooLargeError     request.too_large           2
│   ├── ImageError               image.unreadable            2
│   │   ├── ImageTooLargeError   image.too_large             2
│   │   └── ImageFormatError     image.format                2
│   ├── SourceError              source.unreadable           2
│   ├── ManyFacesError           face.many                   2
│   ├── SubmissionError          submission.invalid          2
│   ├── CaseFileError            case.invalid                2
│   ├── RuleBundleError          rules.invalid               2
│   ├── KeyFileError             key.invalid                 2
│   │   └── PassphraseError      key.passphrase              2
│   ├── PrincipalError           principal.unknown           2
│   ├── WorkspaceMissingError    workspace.missing           2
│   ├── WorkspaceExistsError     workspace.exists            2
│   ├── WorkspaceDamagedError    workspace.damaged           2
│   ├── WorkspaceNewerError      workspace.newer             2
│   ├── LedgerDamagedError       ledger.damaged              2
│   ├── BackupError              backup.invalid              2
│   ├── FleetFileError           fleet.invalid               2
│   ├── PartMissingError         install.missing             2
│   ├── ModelError               model.invalid               2
│   ├── EvidenceError            evidence.invalid            2
│   ├── NotFoundError            item.not_found              2
│   ├── BearerUnreadableError    bearer.unreadable           2
│   └── ConflictError            item.conflict               2
├── IncompleteError              gate.incomplete             3
├── RefusedError                 gate.refused                4
│   ├── PermitError              permit.invalid              4
│   │   ├── PermitMissingError   permit.missing              4
│   │   ├── PermitForgedError    permit.forged               4
│   │   ├── SelfAttestedError    permit.self_attested        4
│   │   ├── PermitExpiredError   permit.expired              4
│   │   ├── PermitRevokedError   permit.revoked              4
│   │   ├── PermitStaleError     permit.stale                4
│   │   ├── PermitSuspendedError permit.suspended            4
│   │   ├── PermitLapsedError    permit.lapsed               4
│   │   ├── DutyUnmetError       permit.duty_unmet           4
│   │   ├── PermitRateError      permit.rate                 4
│   │   └── PermitScopeError     permit.scope                4
│   ├── UnauthenticatedError     access.unauthenticated      4
│   │   ├── LockedOutError       access.locked               4
│   │   └── StaleLoginError      access.stale                4
│   ├── ReviewPendingError       review.pending              4
│   ├── NotSeenError             review.not_seen             4
│   ├── AuthorityError           authority.invalid           4
│   ├── RoleError                principal.role              4
│   │   ├── RouteRoleError       access.role                 4
│   │   └── ForgedRequestError   access.forged               4
│   ├── ClockError               clock.set_back              4
│   ├── TargetUnsupportedError   evidence.target_unsupported 4
│   ├── BearerError              bearer.invalid              4
│   │   ├── BearerForgedError    bearer.forged               4
│   │   ├── BearerExpiredError   bearer.expired              4
│   │   ├── BearerPermitError    bearer.permit               4
│   │   ├── BearerJourneyError   bearer.journey              4
│   │   ├── BearerBindingError   bearer.binding              4
│   │   └── BearerChallengeError bearer.challenge            4
│   └── ModelMismatchError       model.mismatch              4
├── NoUsableFaceError            face.none                   5
│   └── QualityError             face.quality                5
└── NotCleanError                redact.not_clean            6

Exit codes: 0 done, 1 internal, 2 bad input, 3 incomplete, 4 refused, 5 no usable face, 6 a redacted
picture in which a face can still be seen.
"""

from __future__ import annotations

from typing import ClassVar


class RecognizanceError(Exception):
    """The root. Whatever leaves this package is one of these.

    Args:
        message: What happened, in one sentence, without names, faces or templates.
        hint: What to do next, in one sentence.
        rules: Ids of the rules that decided, where a rule did.
    """

    code: ClassVar[str] = "internal.error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", rules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.rules = rules
        self.entry: str | None = None
        """Where the failed use stands in the ledger, as `uses/17`, if it was recorded."""

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an error; `docs/errors.md` lists its keys."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "rules": list(self.rules),
            "entry": self.entry,
            "exit_code": self.exit_code,
        }


class StoreBusyError(RecognizanceError):
    """Another process holds the workspace for longer than the bounded wait."""

    code = "store.busy"


class StoreFullError(RecognizanceError):
    """The disk is full or the file system is read-only; nothing was changed."""

    code = "store.full"


class InterruptedUseError(RecognizanceError):
    """The operation was interrupted; what had begun was rolled back."""

    code = "use.interrupted"


class WorkerLostError(RecognizanceError):
    """A worker of a fleet died or fell silent; its cameras are started again."""

    code = "fleet.worker_lost"


class DeliveryError(RecognizanceError):
    """A receiver of events was not reached, or did not take one; it is told again later."""

    code = "event.undelivered"


class ServerError(RecognizanceError):
    """A server was not reached, or what answered is none of ours."""

    code = "server.unreachable"


class ServiceBusyError(RecognizanceError):
    """A server has more to do than it can; nothing was begun."""

    code = "service.busy"


class TooManyRequestsError(RecognizanceError):
    """A caller sends more requests than one may; nothing was begun."""

    code = "request.rate"


class SlowClientError(RecognizanceError):
    """A request did not come in time; nothing was begun."""

    code = "request.slow"


class ProviderError(RecognizanceError):
    """The organisation's login service was not reached, or answered in a form that it must not."""

    code = "access.provider"


class InputError(RecognizanceError):
    """What was handed in cannot be used as it is."""

    code = "input.invalid"
    exit_code = 2


class UsageError(InputError):
    """A command was mistyped: an unknown verb or option, or one that is missing."""

    code = "input.usage"


class RequestTooLargeError(InputError):
    """A request holds more bytes than a server takes."""

    code = "request.too_large"


class ImageError(InputError):
    """The bytes are no image that can be decoded."""

    code = "image.unreadable"


class ImageTooLargeError(ImageError):
    """The image has more bytes or pixels than the bound, checked before decoding."""

    code = "image.too_large"


class ImageFormatError(ImageError):
    """The format of the image is not one that is accepted."""

    code = "image.format"


class SourceError(InputError):
    """A video or stream cannot be opened, or cannot be read any further."""

    code = "source.unreadable"


class ManyFacesError(InputError):
    """A photograph shows several faces where one is needed; the message lists the boxes."""

    code = "face.many"
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    """Left, top, width and height of each face, in pixels of the photograph; largest first."""


class SubmissionError(InputError):
    """A submission has an unknown field, a value outside its closed list, or bad TOML."""

    code = "submission.invalid"


class CaseFileError(InputError):
    """A case file cannot be read as one."""

    code = "case.invalid"


class RuleBundleError(InputError):
    """The rule cards do not load, compile or validate. Nothing is permitted without them."""

    code = "rules.invalid"


class KeyFileError(InputError):
    """A key file is missing, damaged, readable by others, or of the wrong kind."""

    code = "key.invalid"


class PassphraseError(KeyFileError):
    """A key file is encrypted, and no passphrase that was given opens it."""

    code = "key.passphrase"


class PrincipalError(InputError):
    """No principal of that name is registered in this workspace."""

    code = "principal.unknown"


class WorkspaceMissingError(InputError):
    """There is no workspace at that place."""

    code = "workspace.missing"


class WorkspaceExistsError(InputError):
    """A workspace already stands at that place; it is left alone."""

    code = "workspace.exists"


class WorkspaceDamagedError(InputError):
    """A database or file of the workspace cannot be read as what it should be."""

    code = "workspace.damaged"


class WorkspaceNewerError(InputError):
    """The workspace was written by a newer schema than this program knows."""

    code = "workspace.newer"


class LedgerDamagedError(InputError):
    """The ledger does not agree with its own signed checkpoints."""

    code = "ledger.damaged"


class BackupError(InputError):
    """A backup is damaged, or this workspace's key did not sign it; nothing was restored."""

    code = "backup.invalid"


class FleetFileError(InputError):
    """A fleet file has an unknown key or a value that cannot be used, or asks for too much."""

    code = "fleet.invalid"


class PartMissingError(InputError):
    """A part of the program that this needs is not installed; the hint says how to have it."""

    code = "install.missing"

    @classmethod
    def of(cls, error: ImportError) -> PartMissingError | None:
        """The error for a module that an extra brings; None for any other."""
        extra = _EXTRA_OF.get((error.name or "").partition(".")[0])
        if extra is None:
            return None
        return cls(
            f"This needs the part {extra!r} of the program, which is not installed.",
            hint=f"Install it: pip install 'recognizance[{extra}]'. The gate does without.",
        )


_EXTRA_OF = {
    **dict.fromkeys(("cv2", "onnx", "onnxruntime", "openvino", "PIL"), "engine"),
    **dict.fromkeys(("av", "scipy"), "video"),
    "pyarrow": "audit",
    "httpx": "client",
    **dict.fromkeys(("alembic", "argon2", "fastapi", "starlette", "uvicorn"), "service"),
}


class ModelError(InputError):
    """A model file is missing or its digest is not the expected one."""

    code = "model.invalid"


class EvidenceError(InputError):
    """An evidence file is damaged, or not about the model in use."""

    code = "evidence.invalid"


class NotFoundError(InputError):
    """No such subject, gallery, permit, lead or ledger entry."""

    code = "item.not_found"


class ConflictError(InputError):
    """The item exists already, or its state does not allow this step."""

    code = "item.conflict"


class BearerUnreadableError(InputError):
    """What was shown is no token that a person carries: its form is not one that can be read."""

    code = "bearer.unreadable"


class IncompleteError(RecognizanceError):
    """The gate cannot decide yet: the message says exactly what is missing."""

    code = "gate.incomplete"
    exit_code = 3


class RefusedError(RecognizanceError):
    """A rule refuses, and says which."""

    code = "gate.refused"
    exit_code = 4


class PermitError(RefusedError):
    """The permit does not allow this use."""

    code = "permit.invalid"


class PermitMissingError(PermitError):
    """There is no permit by that id, or none was named."""

    code = "permit.missing"


class PermitForgedError(PermitError):
    """A signature, a digest or a ledger entry of the permit does not hold."""

    code = "permit.forged"


class SelfAttestedError(PermitError):
    """Nobody but its holder approved the permit, and this use needs the authority's signature."""

    code = "permit.self_attested"


class PermitExpiredError(PermitError):
    """The permit is not in force at this time."""

    code = "permit.expired"


class PermitRevokedError(PermitError):
    """The permit was revoked."""

    code = "permit.revoked"


class PermitStaleError(PermitError):
    """Nothing newer than 30 days says that the authority still stands by the permit."""

    code = "permit.stale"


class PermitSuspendedError(PermitError):
    """The use was stopped, by a person or by the program; an officer can let it go on."""

    code = "permit.suspended"


class PermitLapsedError(PermitError):
    """What the permit rests on is too old or did not come: evidence, statistics, an order."""

    code = "permit.lapsed"


class DutyUnmetError(PermitError):
    """People owe something under this permit first, and it is not recorded as done."""

    code = "permit.duty_unmet"


class PermitRateError(PermitError):
    """As many answers as a day gives were given under the permit already."""

    code = "permit.rate"


class PermitScopeError(PermitError):
    """The permit does not name this operation, purpose, gallery, place, hour, person or case."""

    code = "permit.scope"


class UnauthenticatedError(RefusedError):
    """Nobody has shown who it is that asks, and this is not for everybody."""

    code = "access.unauthenticated"


class LockedOutError(UnauthenticatedError):
    """Too many wrong passwords were given; the account is locked for a while."""

    code = "access.locked"


class StaleLoginError(UnauthenticatedError):
    """The step needs a login of the last few minutes, and this one is older."""

    code = "access.stale"


class ReviewPendingError(RefusedError):
    """A candidate was found and waits for people; neither a match nor its absence is told.

    Args:
        message: As for every error; so are the hint and the rules.
        lead_id: The lead that waits.
    """

    code = "review.pending"

    def __init__(
        self, message: str, *, lead_id: str, hint: str = "", rules: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint, rules=rules)
        self.lead_id = lead_id


class NotSeenError(RefusedError):
    """The lead was not shown to this reviewer yet, or too short a time ago to have compared it."""

    code = "review.not_seen"


class AuthorityError(RefusedError):
    """A letter is not what the authority or the operator signed, or an older one came back."""

    code = "authority.invalid"


class RoleError(RefusedError):
    """The principal lacks the role or the training, or had another part in this decision."""

    code = "principal.role"


class RouteRoleError(RoleError):
    """What was asked of a server is for other roles, or for people and not for programs."""

    code = "access.role"


class ForgedRequestError(RoleError):
    """A request carries a login, and no sign that a page of the server sent it."""

    code = "access.forged"


class ClockError(RefusedError):
    """The clock stands before the last recorded entry; nothing runs on a clock set back."""

    code = "clock.set_back"


class TargetUnsupportedError(RefusedError):
    """The error-rate target lies below what the evidence can support; never extrapolated."""

    code = "evidence.target_unsupported"


class BearerError(RefusedError):
    """The token that a person carries does not allow this use."""

    code = "bearer.invalid"


class BearerForgedError(BearerError):
    """The token was not made here, or not as it is now."""

    code = "bearer.forged"


class BearerExpiredError(BearerError):
    """The token's time is over."""

    code = "bearer.expired"


class BearerPermitError(BearerError):
    """The token was made under another permit."""

    code = "bearer.permit"


class BearerJourneyError(BearerError):
    """The token was made for another journey."""

    code = "bearer.journey"


class BearerBindingError(BearerError):
    """Who shows the token has not proven to be at the device or the gate that it is bound to."""

    code = "bearer.binding"


class BearerChallengeError(BearerError):
    """The challenge was not made here, is too old, or was answered before."""

    code = "bearer.challenge"


class ModelMismatchError(RefusedError):
    """Features, references or evidence of two models met; they are never compared."""

    code = "model.mismatch"


class NoUsableFaceError(RecognizanceError):
    """No face was found: a failure to acquire."""

    code = "face.none"
    exit_code = 5


class QualityError(NoUsableFaceError):
    """The face is below the quality floor of the permit.

    Args:
        message: As for every error; so are the hint and the rules.
        measures: What was too little or too much, as `Quality` names it.
    """

    code = "face.quality"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        rules: tuple[str, ...] = (),
        measures: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, rules=rules)
        self.measures = measures


class NotCleanError(RecognizanceError):
    """A redacted picture in which a face can still be found."""

    code = "redact.not_clean"
    exit_code = 6
