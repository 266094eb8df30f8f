"""Make a workspace that every later version has to open: `python tests/golden/make_golden.py`.

It is written once for each version of a file format and never again: what is made by today's
program proves nothing about the files of yesterday. There is no face in it, made-up templates only.
"""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fakes import FakeClock, FakeEngine, photograph  # noqa: E402
from office import Office  # noqa: E402
from recognizance import __version__, keeping  # noqa: E402
from recognizance.keys.files import KeyKind, change_passphrase  # noqa: E402
from recognizance.keys.locks import unlock_with  # noqa: E402
from recognizance.settings import Settings  # noqa: E402
from recognizance.workspace import Workspace  # noqa: E402

PASSPHRASE = b"a golden file has no secrets"


def main() -> None:
    """Write `<version>.tar`, with its keys."""
    out = HERE / f"{__version__}.tar"
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "data", key_folder=Path(folder) / "keys")
        with Workspace.create(settings, clock=clock) as workspace:
            workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
            office = Office(workspace)
            permit = office.permit()
            for subject, person in (("s-1", "ana"), ("s-2", "ben"), ("s-3", "carla")):
                office.enroll(subject, photograph(person, note="1"), permit=permit)
            office.search(photograph("ana", note="2"), permit=permit)
            workspace.desk.erase(workspace.acting().principal, "s-3", reason="asked")
            by = workspace.acting()
            for path in workspace.layout.keys.glob("*.key"):
                kind = (
                    KeyKind.WORKSPACE
                    if path == workspace.layout.workspace_key
                    else KeyKind.PRINCIPAL
                )
                change_passphrase(path, kind, unlock=None, new=PASSPHRASE)
            workspace.unlock = unlock_with(PASSPHRASE)
            keeping.back_up(workspace, out, by=by, with_keys=True)


if __name__ == "__main__":
    main()
