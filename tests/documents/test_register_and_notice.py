"""When a register entry may be made, what no document tells, and what the notice's code holds."""

import re
from dataclasses import replace

import numpy as np
import pytest
from document_sources import (
    OFFICER,
    PROPOSER,
    STRANGER,
    all_documents,
    decision,
    everything,
    evidence,
    full_sources,
    permit,
    warrant_submission,
    withheld_permit,
)

from recognizance.documents import KINDS, Sources, make
from recognizance.documents import to_html as html_of
from recognizance.documents import to_markdown as markdown_of
from recognizance.errors import (
    ConflictError,
    EvidenceError,
    InputError,
    ModelMismatchError,
    PermitForgedError,
    RefusedError,
)
from recognizance.gate.permit_signatures import make_signature
from recognizance.gate.submission import submission_from
from recognizance.keys import fingerprint

PUBLIC = ("register", "notice", "atrs", "washington", "model_card")


def value(document, label):
    return next(item.value for item in document.items() if item.label == label)


# ---- the register ----------------------------------------------------------------------------


def test_a_withheld_permit_gives_no_register_entry_before_its_publication():
    submission = warrant_submission()
    facts = Sources(submission, permit=withheld_permit(submission))
    with pytest.raises(RefusedError) as refused:
        make("register", facts, published=False)
    assert refused.value.rules == ("GV-05",)
    assert value(make("register", facts, published=True), "Permit") == "0123456789abcdef"


def test_a_permit_that_is_not_withheld_gives_an_entry_at_once():
    submission = warrant_submission()
    facts = Sources(submission, permit=permit(submission))
    assert value(make("register", facts, published=False), "Permit") == "0123456789abcdef"


def test_a_submission_alone_gives_no_entry_because_nothing_tells_whether_it_is_withheld():
    with pytest.raises(RefusedError):
        make("register", Sources(warrant_submission()), published=False)


def test_a_decision_that_would_withhold_the_permit_withholds_the_entry():
    submission = warrant_submission()
    answer = decision(submission)
    first = answer.fired[0]
    fired = replace(
        first,
        card=replace(first.card, rule_id="GV-05"),
        clause=replace(first.clause, hook="publication_after"),
    )
    facts = Sources(submission, replace(answer, fired=(fired,)))
    with pytest.raises(RefusedError):
        make("register", facts, published=False)


def test_an_entry_says_who_stands_behind_the_permit():
    submission = warrant_submission()
    waiting = Sources(submission, permit=permit(submission, countersigned=False))
    assert "permits nothing" in value(make("register", waiting, published=True), "Approved by")
    assert "fingerprint" in value(make("register", full_sources(), published=True), "Approved by")


# ---- what does not leave ---------------------------------------------------------------------


def test_no_document_tells_what_is_the_operators_own():
    facts = full_sources()
    secrets = {
        "the-secret-workspace",
        "the-secret-gallery",
        fingerprint(OFFICER.public_key),
        fingerprint(PROPOSER.public_key),
        OFFICER.public_key.hex(),
        *(signature.signature for signature in facts.permit.signatures),
    }
    for document in all_documents(facts).values():
        for text in (markdown_of(document), html_of(document)):
            assert not [secret for secret in secrets if secret in text]


def test_public_documents_do_not_name_the_persons_of_an_order():
    named = submission_from(everything(auth__scope_persons="Jane Roe of Lund"))
    for kind, document in all_documents(Sources(named)).items():
        assert ("Jane Roe" in markdown_of(document)) == (kind not in PUBLIC)
    assert set(PUBLIC) < set(KINDS)


# ---- the sources belong together -------------------------------------------------------------


def test_a_decision_on_another_submission_is_refused():
    other = submission_from(everything())
    with pytest.raises(ConflictError):
        Sources(warrant_submission(), decision(other))


def test_a_permit_for_another_submission_is_refused():
    other = submission_from(everything())
    with pytest.raises(ConflictError):
        Sources(warrant_submission(), permit=permit(other))


def test_a_permit_by_other_rules_than_the_decision_is_refused():
    submission = warrant_submission()
    older = permit(submission, bundle_digest="0" * 64)
    assert Sources(submission, permit=older)
    with pytest.raises(ConflictError):
        Sources(submission, decision(submission), older)


def test_a_permit_that_was_changed_after_signing_is_refused():
    submission = warrant_submission()
    with pytest.raises(PermitForgedError):
        Sources(submission, permit=replace(permit(submission), purpose="suspect_search"))


def test_a_permit_that_somebody_else_countersigned_is_refused():
    submission = warrant_submission()
    waiting = permit(submission, countersigned=False)
    forged = replace(waiting, countersignature=make_signature(waiting, STRANGER, "authority"))
    with pytest.raises(PermitForgedError):
        Sources(submission, permit=forged)


def test_evidence_of_another_model_is_refused():
    with pytest.raises(ModelMismatchError):
        Sources(submission_from(everything(ev__model_id="another")), evidence=evidence())


def test_evidence_that_the_permit_does_not_name_is_refused():
    submission = warrant_submission()
    with pytest.raises(EvidenceError):
        Sources(
            submission,
            permit=permit(submission, evidence_digest="0" * 64),
            evidence=evidence(),
        )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "register.example.org",
        "https://",
        "https://a b",
        "https://[",
        "https://a\N{RIGHT-TO-LEFT OVERRIDE}b.example",
        "https://a.example/" + "x" * 500,
    ],
)
def test_what_is_no_web_address_is_refused(address):
    with pytest.raises(InputError):
        Sources(warrant_submission(), register_url=address)


@pytest.mark.parametrize("contact", ["", "  ", "a\nb", "x" * 501])
def test_a_contact_is_one_line_that_says_something(contact):
    with pytest.raises(InputError):
        Sources(warrant_submission(), contact=contact)


# ---- the notice ------------------------------------------------------------------------------


def scanned(html):
    """What a camera reads from the code of a page; empty where there is none."""
    cv2 = pytest.importorskip("cv2")
    drawing = re.search(r'viewBox="0 0 (\d+) \d+".*? d="([^"]+)"', html)
    if drawing is None:
        return ""
    size = int(drawing[1])
    modules = np.full((size, size), 255, np.uint8)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", drawing[2]):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "h":
            modules[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    picture = np.kron(modules, np.ones((8, 8), np.uint8))
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def test_the_code_of_the_notice_leads_to_the_register():
    facts = full_sources()
    assert scanned(html_of(make("notice", facts, published=True))) == facts.register_url


def test_without_an_address_the_code_holds_the_permit_id_and_the_address_is_missing():
    submission = warrant_submission()
    notice = make("notice", Sources(submission, permit=permit(submission)), published=True)
    assert scanned(html_of(notice)) == "0123456789abcdef"
    assert "Register" in [gap.label for gap in notice.gaps]


def test_without_address_and_permit_there_is_no_code():
    notice = make("notice", Sources(warrant_submission()), published=True)
    assert "<svg" not in html_of(notice)
    assert {"Permit", "Register"} <= {gap.label for gap in notice.gaps}


def test_the_longest_address_still_has_a_code():
    address = "https://a.example/" + "x" * 482
    notice = make("notice", Sources(warrant_submission(), register_url=address), published=True)
    assert "<svg" in html_of(notice)


def test_the_notice_shows_permit_rules_operator_purpose_and_how_to_object():
    notice = make("notice", full_sources(), published=True)
    assert value(notice, "Permit") == "0123456789abcdef"
    assert value(notice, "Rules") == "GV-05, LE-09, LE-10"
    assert value(notice, "Operator") == "words 0 of operator"
    assert value(notice, "Purpose") == "missing person"
    assert value(notice, "Object, see, erase") == "The desk, 1 Example Street"
    assert not notice.gaps
