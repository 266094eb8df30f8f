"""`recognizance --server URL redact`: send one file, wait with a bar, fetch what was made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recognizance.cli.door import connected
from recognizance.cli.output import output_file
from recognizance.errors import ConflictError, RecognizanceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.redacting import Asked, Done

_THOUSANDTHS = 1000


def redact_there(
    address: str, source: Path, output: Path, asked: Asked, tell: Callable[[float], None]
) -> Done:
    """Redact a file at a server; nothing of it stays there.

    Raises:
        InputError: One of its kinds, as at home.
        ConflictError: The job ended before it was done.
    """
    from recognizance.redacting import Done

    record_path = output.with_name(f"{output.name}.json")
    with (
        connected(address) as client,
        output_file(output) as place,
        output_file(record_path) as beside,
    ):
        upload = client.upload(source)
        job = client.redact(
            upload.upload_id,
            style=asked.style.value,
            keep=list(asked.keep),
            because=asked.reason,
            audio=asked.audio.value,
        )
        for job in client.progress(job.job_id):  # noqa: B020  # the same job, later
            tell(job.done / _THOUSANDTHS)
        if job.state != "done" or job.result is None:
            raise _failed(job.error)
        made = {address.rpartition("/")[2]: address for address in job.files}
        names = sorted(made, key=len)  # the record has the file's name and an ending more
        place.write(client.download(made[names[0]]))
        data = client.download(made[names[1]])
        beside.write(data)
        client.end_job(job.job_id)
        client.drop_upload(upload.upload_id)
        record = json.loads(data)
        visible = "" if job.result["clean"] else "Faces"
        return Done(record, int(job.result["hidden"]), int(job.result["kept"]), visible)


def _failed(error: object) -> RecognizanceError:
    said = error if isinstance(error, dict) else {}
    return ConflictError(
        str(said.get("message", "The job ended before it was done.")),
        hint=str(said.get("hint", "Send it again.")),
    )
