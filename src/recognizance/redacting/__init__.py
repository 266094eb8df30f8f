"""Redact photographs and films for somebody: hide faces, write down what was done, hand it over.

Redaction identifies nobody and needs no permit. Where there is a workspace it is recorded there,
before the file gets its name, as every use of a face is.
"""

from recognizance.redacting.asked import Asked, RedactPort
from recognizance.redacting.batch import Job, Result
from recognizance.redacting.choices import Choices, read_choices
from recognizance.redacting.files import Done, redact_file
from recognizance.redacting.likeness import Like
from recognizance.redacting.listing import Listed, listed
from recognizance.redacting.photographs import redact_photograph
from recognizance.redacting.pictures import face_pictures, visible_pictures
from recognizance.redacting.record import faces_in_words, fact_of
from recognizance.redacting.review import review_page

__all__ = [
    "Asked",
    "Choices",
    "Done",
    "Job",
    "Like",
    "Listed",
    "RedactPort",
    "Result",
    "face_pictures",
    "faces_in_words",
    "fact_of",
    "listed",
    "read_choices",
    "redact_file",
    "redact_photograph",
    "review_page",
    "visible_pictures",
]
