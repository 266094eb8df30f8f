"""What a fleet is: its cameras, the machine or machines, its limits. Frozen values.

They are read from `fleet.toml` by `recognizance.fleet.reading`, which says what a key means.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path  # noqa: TC003  # pydantic reads the annotations
from typing import Annotated, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from recognizance.errors import FleetFileError
from recognizance.gate.scope import SampleKind  # noqa: TC001  # pydantic reads the annotations

_CLOSED: Final = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
_OWNER_ONLY: Final = 0o077
_DEVICE: Final = re.compile(r"(v4l2:)?/dev/video\d+")
_SECRET_WORDS: Final = ("pass", "pwd", "token", "secret", "key")

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.:@-]{0,63}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def _without_secret(source: str) -> str:
    """An address as it may stand in a file that is copied and shown.

    Raises:
        ValueError: It holds a password, or is standard input, which a worker has not.
    """
    if source.strip() in {"", "-"}:
        raise ValueError("a camera of a fleet needs an address, a device, a file or a folder")
    parts = urlsplit(source)
    named = [name.casefold() for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    # Some cameras take it in the path, as `user=admin&password=...`.
    named += [word.casefold() for word in re.findall(r"([^/&;=]+)=", parts.path)]
    if parts.password or any(word in name for name in named for word in _SECRET_WORDS):
        raise ValueError("an address holds no password: name it by password_env or password_file")
    return source


def _whole_above_one(cores: float) -> float:
    if cores > 1 and not cores.is_integer():
        raise ValueError("more than one core is a whole number of cores")
    return cores


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Camera:
    """One camera.

    Attributes:
        id: What it is called, and under which name the permit's scope lists it.
        source: Its address, device, file or folder, without a password.
        site: Id of the place where it hangs.
        permit: Id of the permit that it is watched under.
        gallery: Id of the gallery that is searched.
        case: Id of the case, where the permit asks for one.
        captured_at: When a recording began, where the source is one.
        sample: What a recording shows: a photograph, a sketch, an edited picture. Whoever hangs up
            a camera has said that it takes photographs.
        cores: Share of a processor core that it needs. Cameras that together need no more than
            one share a worker and its models; one that needs a core or more has a worker alone.
        user: Name to log in with.
        password_env: The variable that holds its password.
        password_file: The file that holds its password, readable by its owner alone.
    """

    id: Id
    source: Annotated[str, AfterValidator(_without_secret)]
    site: Id
    permit: Id
    gallery: Id
    case: str | None = None
    captured_at: AwareDatetime | None = None
    sample: SampleKind | None = None
    cores: Annotated[float, Field(gt=0, le=64), AfterValidator(_whole_above_one)] = 0.25
    user: str | None = None
    password_env: str | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one_password(self) -> Camera:
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("name the password by password_env or by password_file, not by both")
        return self

    @property
    def live(self) -> bool:
        """Whether it is a stream or a device, and no recording."""
        return "://" in self.source or _DEVICE.fullmatch(self.source) is not None

    def address(self) -> str:
        """The source with its user and password: for whoever opens it, and for nobody else.

        Raises:
            FleetFileError: The password is not where the file says.
        """
        password = self._password()
        if self.user is None and password is None:
            return self.source
        parts = urlsplit(self.source)
        login = quote(self.user or "", safe="")
        if password is not None:
            login += ":" + quote(password, safe="")
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{login}@{host}"))

    def _password(self) -> str | None:
        if self.password_env is not None:
            password = os.environ.get(self.password_env)
            where = f"the variable {self.password_env}"
        elif self.password_file is not None:
            password = read_secret(self.password_file)
            where = f"the file {self.password_file.name}"
        else:
            return None
        if not password:
            raise FleetFileError(
                f"The password of camera {self.id} is not in {where}.",
                hint="Put it there, on the machine where the camera is watched.",
            )
        return password


def read_secret(path: Path) -> str | None:
    """What a file of a secret holds; None where it cannot be read.

    Raises:
        FleetFileError: Others can read it.
    """
    try:
        if path.stat().st_mode & _OWNER_ONLY:
            raise FleetFileError(
                f"The file {path.name} holds a secret and can be read by others.",
                hint=f"Run chmod 600 {path.name}, and change the secret.",
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Machine:
    """The one machine that a fleet without Ray runs on.

    Attributes:
        cores: Processor cores that the fleet may plan with.
    """

    cores: Annotated[float, Field(gt=0, le=1024)] = float(os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Ray:
    """A Ray cluster, for a fleet past one machine.

    Attributes:
        address: Where its head listens, as `ray start` prints it; `local` starts one here.
    """

    address: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Metrics:
    """Where Prometheus finds the counters; always on 127.0.0.1.

    Attributes:
        port: The port; 0 takes any that is free.
    """

    port: Annotated[int, Field(ge=0, le=65_535)]


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Events:
    """Who is told of a fleet: each key is the option of `recognizance watch` of that name.

    Attributes:
        lines: A file to which each event is appended as one line of JSON.
        webhook: An address to which events are posted.
        webhook_key: The file with the key that signs them.
        mqtt: A broker.
        mqtt_password: The file with the password of its user.
        mqtt_ca: Certificates to trust for it.
        sse: The port on 127.0.0.1 at which events can be read as they come.
        sse_token: The file with the token that readers show.
    """

    lines: Path | None = None
    webhook: str | None = None
    webhook_key: Path | None = None
    mqtt: str | None = None
    mqtt_password: Path | None = None
    mqtt_ca: Path | None = None
    sse: Annotated[int, Field(ge=0, le=65_535)] | None = None
    sse_token: Path | None = None

    @model_validator(mode="after")
    def _with_secrets(self) -> Events:
        if self.webhook is not None and self.webhook_key is None:
            raise ValueError("a webhook is signed: name its key by webhook_key")
        if self.sse is not None and self.sse_token is None:
            raise ValueError("readers of events show a token: name its file by sse_token")
        return self


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Limits:
    """How patient a fleet is.

    Attributes:
        restart_after_s: Wait before the first restart of a camera that failed; doubled each time.
        restart_at_most_s: Longest wait before a restart.
        steady_s: A camera that ran for so long has recovered: its next failure counts as its first.
        start_s: How long a worker has to open the workspace and the models.
        silent_s: A worker of which nothing is heard for so long after that is ended and started
            again.
        stop_s: How long a worker has to come to its end before it is ended.
    """

    restart_after_s: Seconds = 1.0
    restart_at_most_s: Seconds = 60.0
    steady_s: Seconds = 120.0
    start_s: Seconds = 180.0
    silent_s: Seconds = 60.0
    stop_s: Seconds = 20.0

    @model_validator(mode="after")
    def _ordered(self) -> Limits:
        if self.restart_at_most_s < self.restart_after_s:
            raise ValueError("restart_at_most_s is shorter than restart_after_s")
        return self


@dataclass(frozen=True, slots=True, config=_CLOSED)
class Fleet:
    """Everything that a fleet file says.

    Attributes:
        cameras: The cameras, in the file's order.
        machine: The one machine; a fleet on Ray plans with the cluster instead.
        ray: The cluster, or None.
        metrics: Where the counters can be read, or None.
        events: Who is told of leads and stops.
        limits: How patient it is.
    """

    cameras: Annotated[tuple[Camera, ...], Field(min_length=1, max_length=4096, alias="camera")]
    machine: Machine = Machine()
    ray: Ray | None = None
    metrics: Metrics | None = None
    events: Events = Events()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _each_once(self) -> Fleet:
        names = [camera.id for camera in self.cameras]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise ValueError(f"there are two cameras {doubled!r}")
        return self

    @property
    def cores(self) -> float:
        """The cores that all its cameras need together."""
        return math.fsum(camera.cores for camera in self.cameras)

    @property
    def permits(self) -> tuple[str, ...]:
        """Ids of the permits that its cameras are watched under."""
        return tuple(sorted({camera.permit for camera in self.cameras}))
