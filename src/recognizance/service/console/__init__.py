"""The console: pages where people propose, decide, review, watch, audit and are affected.

Every page is whole without a script; the modules in `static/` add what a keyboard or a camera can.
One module a place, named after what people do there.
"""

from recognizance.service.console import (
    entry,
    files,
    ledger,
    register,
    review,
    reviewers,
    search,
)
from recognizance.service.console.pages import error_page_for

PARTS = (files, entry, ledger, register, search, reviewers, review)

__all__ = ["PARTS", "error_page_for"]
