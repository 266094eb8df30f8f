"""The console: pages where people propose, decide, review, watch, audit and are affected.

Every page is whole without a script; the modules in `static/` add what a keyboard or a camera can.
One module a place, named after what people do there.
"""

from recognizance.service.console import (
    account,
    audit,
    decide,
    entry,
    files,
    ledger,
    live,
    oversee,
    propose,
    redact,
    register,
    renew,
    review,
    reviewers,
    search,
    sent,
    start,
    subjects,
)
from recognizance.service.console.pages import error_page_for

PARTS = (
    *(files, entry, start, account),
    *(propose, sent, renew, decide, oversee),
    *(search, reviewers, review),
    *(live, redact, audit),
    *(ledger, register, subjects),
)

__all__ = ["PARTS", "error_page_for"]
