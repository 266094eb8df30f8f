"""What a program of an insider has at hand: the library, an open workspace, the made-up engine."""

import json
import os
from datetime import datetime

import pytest
from attack_site import PHOTOGRAPHS, stand_in

from recognizance.errors import RecognizanceError
from recognizance.workspace import Workspace

__all__ = ["PHOTOGRAPHS", "RecognizanceError", "Workspace", "json", "opened", "refused", "say"]

stand_in(
    pytest.MonkeyPatch(),
    datetime.fromisoformat(os.environ["ATTACK_NOW"]),
    engine=os.environ.get("ATTACK_ENGINE") != "real",
)


def opened() -> Workspace:
    """The workspace of the environment."""
    return Workspace.open()


def say(**what: object) -> None:
    """Tell the test what came of it."""
    print(json.dumps(what), flush=True)  # noqa: T201  # this is how a program answers


def refused(error: RecognizanceError) -> None:
    """Tell the test that it was refused, as the command line does."""
    say(error=error.as_dict())
    raise SystemExit(error.exit_code)
