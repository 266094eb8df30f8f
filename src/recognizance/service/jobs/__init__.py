"""Long work: one job after the other, in a thread with a workspace of its own.

    upload (streamed to the spool, bounded) -> job (queued, running, done) -> files to download

Jobs and their files belong to the principal that asked. Files are destroyed after a day. A job that
a crash has cut off is marked as such when the server starts again, and is not gone on with.
"""

from recognizance.service.jobs.book import JobBook, JobRow
from recognizance.service.jobs.spool import Spool
from recognizance.service.jobs.worker import Handle, Worker

__all__ = ["Handle", "JobBook", "JobRow", "Spool", "Worker"]
