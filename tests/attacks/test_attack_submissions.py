"""Attacks by what is asked for: crafted files, look-alikes, numbers, uses under another name."""

import defences as by
from attack_book import Who, attack
from attack_site import LOUNGE, Site, stopped

from recognizance.gate.templates import template

DOOR = template("opted_in_access")


def issue(site: Site, text: str | bytes, *more: object):
    data = text if isinstance(text, bytes) else text.encode()
    (site.folder / "crafted.toml").write_bytes(data)
    asked = ("--gallery", "crafted", "--fmr", "3e-4", "--gallery-size", 5)
    return site("gate", "issue", "crafted.toml", *asked, *more)


def door(old: str, new: str) -> str:
    assert old in DOOR
    return DOOR.replace(old, new, 1)


CRAFTED = {
    "nested ten thousand deep": "a = " + "[" * 10_000 + "]" * 10_000,
    "a table nested five hundred deep": DOOR + "\n[" + ".".join(["wl"] * 500) + "]\nx = 1",
    "ten megabytes": DOOR + "#" + "x" * 10_000_000,
    "the same field twice": DOOR + '\n[op]\nkind = "private"\n',
    "the same field by two names": '"wl.size" = 1\n' + DOOR,
    "not a number": door("size = 50", "size = nan"),
    "infinity": door("size = 50", "size = inf"),
    "a number that overflows": door("size = 50", "size = 1e400"),
    "a negative number": door("size = 50", "size = -50"),
    "a number as words": door("size = 50", 'size = "fifty"'),
    "a boolean as a number": door("size = 50", "size = true"),
    "half a person": door("size = 50", "size = 0.5"),
    "a number with twenty digits": door("size = 50", "size = 18446744073709551616"),
    "a listed word in letters that look the same": door(
        'purpose = "access_control"', 'purpose = "\u0430ccess_control"'
    ),
    "a class in letters that look the same": door('class = "opted_in"', 'class = "\u043epted_in"'),
    "an operator with a mark that turns the direction": door(
        'operator = ""', 'operator = "A\u202eB"'
    ),
    "an operator with an invisible space": door('operator = ""', 'operator = "A\u200bB"'),
    "a zero byte": door('title = "', 'title = "\\u0000'),
    "a byte order mark": "\ufeff" + DOOR,
    "bytes that are no text": b'title = "\xff\xfe"',
    "a derived fact stated": '"permits.public_sites" = 0\n' + DOOR,
    "a field that there is not": "skip_gate = true\n" + DOOR,
}


STRICT = {
    "nested ten thousand deep": by.UNREADABLE,
    "a table nested five hundred deep": by.KNOWN_FIELDS,
    "ten megabytes": by.BOUNDED,
    "the same field twice": by.UNREADABLE,
    "the same field by two names": by.STATED_ONCE,
    "a listed word in letters that look the same": by.CLOSED_LISTS,
    "a class in letters that look the same": by.CLOSED_LISTS,
    "an operator with a mark that turns the direction": by.VISIBLE,
    "an operator with an invisible space": by.VISIBLE,
    "a zero byte": by.VISIBLE,
    "a byte order mark": by.UNREADABLE,
    "bytes that are no text": by.UNREADABLE,
    "a derived fact stated": by.DERIVED,
    "a field that there is not": by.KNOWN_FIELDS,
}


@attack(
    Who.APPLICANT,
    dict.fromkeys(CRAFTED, by.WHOLE_NUMBERS) | STRICT,
    shows="refused before anything is asked; nothing is written",
    cases=CRAFTED,
)
def test_a_crafted_submission(site, case):
    ran = issue(site, case)
    assert ran.error["code"] in {"submission.invalid", "input.invalid"}, ran.out
    stopped(site, ran, ran.error["code"], log=None)


def refused(site: Site, ran, rule: str) -> None:
    """The gate said no, in the public log, and there is no permit."""
    assert ran.code == 4, ran.out
    assert (ran.json["permit_id"], ran.json["in_force"]) == (None, False)
    entry = site.entries("decisions")[-1]
    assert (entry["kind"], entry["public"]["outcome"]) == ("gate_decision", "refuse")
    assert rule in entry["public"]["rules"]
    assert site.gallery() == site.held


DECISION = "`gate_decision` with `refuse` in the decisions log"


@attack(
    Who.APPLICANT,
    by.RULE_HR03,
    shows=DECISION,
    cases={
        "of one religion": "religion",
        "of one organisation": "organisation",
        "who were at one lawful event": "lawful_event",
    },
)
def test_a_list_with_a_reason_for_each_is_a_list_of_people(site, case):
    refused(
        site,
        issue(site, door('criteria = ["enrolled"]', f'criteria = ["enrolled", "{case}"]')),
        "HR-03",
    )


@attack(Who.APPLICANT, by.RULE_HR09, shows=DECISION)
def test_a_list_is_made_from_photographs_of_the_web(site):
    refused(
        site,
        issue(site, door('source = ["own_enrolment"]', 'source = ["own_enrolment", "web"]')),
        "HR-09",
    )


@attack(Who.APPLICANT, by.RULE_HR01, shows=DECISION)
def test_a_trait_is_asked_for_beside_an_identity(site):
    refused(site, issue(site, door("infer = []", 'infer = ["ethnicity"]')), "HR-01")


@attack(
    Who.APPLICANT,
    by.SELF_SIGNED_CLASS,
    shows="`gate_decision` with `incomplete` in the decisions log",
)
def test_a_list_of_five_hundred_is_asked_for_as_self_signed(site):
    ran = issue(site, door("size = 50", "size = 500"))
    assert ran.code == 3, ran.out
    assert ran.json["permit_id"] is None
    entry = site.entries("decisions")[-1]["public"]
    assert entry["outcome"] == "incomplete"
    assert "GV-02" in entry["rules"]


@attack(Who.APPLICANT, by.VERB_OF_CLASS, shows="refused; nothing is written")
def test_a_standard_permit_is_issued_without_the_authority(site):
    stopped(site, issue(site, LOUNGE.read_text()), "input.invalid", log=None)


@attack(
    Who.APPLICANT,
    by.LOOSEST,
    shows="refused; nothing is written",
    cases={
        "half of all comparisons": "0.5",
        "99 in 100": "0.99",
    },
)
def test_an_error_rate_is_asked_for_at_which_everybody_matches(site, case):
    stopped(site, issue(site, DOOR, "--fmr", case), "input.invalid", log=None)


@attack(Who.APPLICANT, by.NEVER_EXTRAPOLATED, shows="refused; nothing is written")
def test_an_error_rate_is_asked_for_that_nobody_measured(site):
    stopped(site, issue(site, DOOR, "--fmr", "1e-8"), "evidence.target_unsupported", log=None)


REFUSALS = {
    "input.usage",
    "input.invalid",
    "submission.invalid",
    "evidence.target_unsupported",
}


NUMBERS = {
    "a million days": ("--days", "1000000"),
    "minus one day": ("--days", "-1"),
    "no people": ("--gallery-size", "0"),
    "minus one person": ("--gallery-size", "-1"),
    "more people than there are": ("--gallery-size", "1" + "0" * 30),
    "an error rate of one part in nothing": ("--fmr", "1/0"),
    "an error rate that is not a number": ("--fmr", "nan"),
    "an infinite error rate": ("--fmr", "inf"),
}
BOUNDS = {"--days": by.DAYS, "--gallery-size": by.PEOPLE, "--fmr": by.RATES}


@attack(
    Who.APPLICANT,
    {case: BOUNDS[option] for case, (option, _) in NUMBERS.items()},
    shows="refused; nothing is written",
    cases=NUMBERS,
)
def test_a_very_large_or_impossible_number(site, case):
    ran = issue(site, DOOR, *case)
    assert ran.code != 0, ran.out
    assert ran.error["code"] in REFUSALS
    assert [e["kind"] for e in site.entries("decisions")].count("permit_issued") == 2


@attack(Who.APPLICANT, by.MEASURED, shows="the submission that is kept states what was measured")
def test_better_error_rates_are_typed_into_the_submission(site):
    ran = issue(
        site, DOOR + "\n[ev]\nfpir_max_ub = 1\nratio_lb = 1.0\nage_d = 0\nn_group = 99999\n"
    )
    assert ran.code in {0, 3}, ran.out
    kept = [path.read_text() for path in (site.data / "submissions").glob("*.json")]
    assert not any('"ev.fpir_max_ub":1,' in text or '"ev.n_group":99999' in text for text in kept)
    assert len(kept) >= 2
