"""Our own API, version 1: the verbs of the command line as resources under `/v1`.

Each part has a router of its own with its full paths: an included router inside another one hides
the paths of its routes from whoever counts requests or lists routes.
"""

from recognizance.service.rest import (
    deployments,
    jobs,
    ledger,
    permits,
    register,
    review,
    status,
    subjects,
    uses,
    watches,
)

ROUTERS = (
    uses.router,
    subjects.router,
    deployments.router,
    permits.router,
    review.router,
    jobs.uploads,
    jobs.router,
    watches.router,
    ledger.router,
    register.router,
    status.router,
)
UPLOADS = jobs.UPLOADS
