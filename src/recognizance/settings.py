"""Everything that may be set from outside, in one class. Nothing here loosens the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recognizance.errors import InputError


class Settings(BaseSettings):
    """Settings from the environment, each named `RECOGNIZANCE_` and the field in capitals.

    There is no threshold, error rate, rule or reviewer count among them: those come from a
    permit, and no setting can change a permit.
    """

    model_config = SettingsConfigDict(
        env_prefix="RECOGNIZANCE_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(default=Path("recognizance-data"), description="Folder of the workspace.")
    key_file: Path | None = Field(
        default=None,
        description="File with the workspace's secrets; by default in the key folder of the user.",
    )
    key_folder: Path = Field(
        default=Path("~/.config/recognizance"),
        description="Folder for key files, outside every workspace.",
    )
    passphrase_file: Path | None = Field(
        default=None,
        description="File (mode 0600) with the passphrase of the keys; else one is asked for.",
    )
    principal: str = Field(
        default="operator", description="Name of the principal that every command acts as."
    )
    cache: Path = Field(
        default=Path("~/.cache/recognizance"),
        description="Folder for prepared model files; safe to delete.",
    )
    faces: Path = Field(
        default=Path("../shared/faces"), description="Folder of photographs for measuring."
    )
    runtime: Literal["openvino", "onnxruntime"] = Field(
        default="openvino", description="What runs the models."
    )
    precision: Literal["f32", "bf16"] = Field(
        default="f32", description="Arithmetic of the recogniser; another one is another model."
    )
    threads: int = Field(default=0, ge=0, le=256, description="Threads for the models; 0 = all.")
    wait_s: float = Field(
        default=10.0, ge=0.0, le=600.0, description="Longest wait for another process, seconds."
    )
    origin: str | None = Field(
        default=None,
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$",
        description="Where browsers find the server, as `https://faces.example.org`; passkeys are"
        " bound to it.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="Issuer of the organisation's OpenID Connect logins; the server talks to no"
        " other.",
    )
    oidc_client_id: str = Field(
        default="recognizance", description="Client id of the server at that issuer."
    )
    oidc_client_secret_file: Path | None = Field(
        default=None,
        description="File (mode 0600) with the client secret; none for a public client.",
    )
    oidc_claim: str = Field(
        default="sub", description="Claim of the ID token that says who somebody is."
    )
    oidc_people: Path | None = Field(
        default=None,
        description="CSV with value and principal; without it the claim is a principal's name.",
    )
    server: str | None = Field(
        default=None, description="Address of a server that verbs are sent to; else they work here."
    )
    token: SecretStr | None = Field(
        default=None, description="Key for that server; without it a password is asked for."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least level of the log lines on standard error."
    )


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        InputError: A variable holds a value outside its range; the hint names it.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "RECOGNIZANCE_" + str(first["loc"][0]).upper()
        raise InputError(
            f"The setting {name} has a value that cannot be used: {first['msg']}.",
            hint=f"Change or unset {name}; docs/settings.md lists all settings.",
        ) from error
    return settings.model_copy(
        update={
            "key_folder": settings.key_folder.expanduser(),
            "passphrase_file": settings.passphrase_file and settings.passphrase_file.expanduser(),
            "cache": settings.cache.expanduser(),
            "oidc_client_secret_file": settings.oidc_client_secret_file
            and settings.oidc_client_secret_file.expanduser(),
            "oidc_people": settings.oidc_people and settings.oidc_people.expanduser(),
        }
    )
