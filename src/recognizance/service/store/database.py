"""The file `service.db`: opening it brings it to the newest schema, and keeps what was in it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from recognizance.errors import StoreFullError, WorkspaceNewerError
from recognizance.sqlite import WRITING, Unchanged, engine_at, one_view, our_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from sqlalchemy import Connection

WHAT: Final = "service store"


class Store:
    """Transactions on `service.db`, from any thread.

    Args:
        path: The file; it is made where it is not there.
        wait_s: Longest wait for another process, in seconds.

    Attributes:
        unchanged: What was read of it and is as it was.

    Raises:
        StoreFullError: The file cannot be made.
        WorkspaceNewerError: A newer program wrote it.
        WorkspaceDamagedError: It cannot be read as what it should be.
    """

    def __init__(self, path: Path, *, wait_s: float) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreFullError(
                "The file of the service cannot be made: the folder is missing, full or read-only.",
                hint="Check the folder, make room, or choose another one.",
            ) from error
        self._engine = engine_at(path, wait_s=wait_s)
        self._writer = self._engine.execution_options(**WRITING)
        self.unchanged = Unchanged(self._engine, WHAT)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view; its rows are made into values inside the block."""
        with one_view(self._engine, WHAT) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing, and durable at the end; one writer at a time."""
        with our_errors(WHAT), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.unchanged.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _migrate(self) -> None:
        """Bring the file to the newest schema, in one transaction, or leave it as it was."""
        config = migrations()
        known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
        with our_errors(WHAT), self._writer.begin() as connection:
            # Somebody else may be migrating: who waits for the lock finds it done.
            now = MigrationContext.configure(connection).get_current_revision()
            if now is not None and now not in known:
                raise WorkspaceNewerError(
                    "The service's file was written by a newer version of this program.",
                    hint="Update the program; the file was not touched.",
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def migrations() -> Config:
    """Where the migrations lie."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
