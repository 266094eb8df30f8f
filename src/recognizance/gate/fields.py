"""The table of every field that a submission may state and every fact that is derived from it.

A rule card can read nothing that is not here, and a submission can say nothing that is not here:
one table, so that "what was asked" and "what was decided on" cannot drift apart.

What silence means is part of each field, because it decides what ignorance costs:

- a fact about the world (`notice`, `gov.dpia`, `pop.minors`): silence is *unknown*, never "no";
- a request (`infer`, `alert.group`, `action.auto`): silence is "not asked for", so not granted;
- `wl.*` without any `[wl]` table: there is no watchlist; with one, a missing key is unknown.

What other statements settle is filled in `silence`. In every field the text `"unknown"` may be
written; it means that nobody knows, and nothing fills it.
Names and closed lists follow section 8 of the rule base; derived facts carry `derived_from`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate import spellings
from recognizance.gate.kinds import NO, NONE, NOTHING, YES, Field, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STATED: Final = (
    Field(
        "class",
        Kind.CHOICE,
        "Which class of permit is asked for?",
        _words("trial opted_in household standard urgent"),
        # A class that relaxes something is a request; who asks for none gets the ordinary one.
        silence="standard",
    ),
    Field("title", Kind.TEXT, "What is this use called?"),
    Field("operator", Kind.TEXT, "Which organisation or person operates the system?"),
    # Who
    Field(
        "op.kind",
        Kind.CHOICE,
        "What kind of operator is it?",
        _words("police court prison border public private household school humanitarian"),
    ),
    Field("op.on_behalf_of_police", Kind.TRI, "Does the operator act for the police?"),
    Field("op.country", Kind.TEXT, "In which country (ISO 3166-1, two letters)?"),
    Field("op.subdiv", Kind.TEXT, "In which state or province (ISO 3166-2, like US-CA)?"),
    Field("op.city", Kind.TEXT, 'In which city ("none" where the operator is of no city)?'),
    # What for
    Field(
        "fn",
        Kind.CHOICE,
        "What is the system to do?",
        _words(
            "verify_1to1 identify_1toN watchlist track cluster categorise emotion "
            "scrape_enroll predict"
        ),
        spellings.FUNCTION,
    ),
    Field(
        "purpose",
        Kind.CHOICE,
        "For which one purpose?",
        _words(
            "access_control boarding border_check custody_identity gate_identity "
            "release_identity count missing_person victim_identification "
            "deceased_identification threat_to_life suspect_search court_evidence "
            "blocklist_shop self_exclusion attendance payment duplicate_check media_archive "
            "personal_contacts own_photos audit redaction research_consented trial"
        ),
    ),
    Field("routine", Kind.TRI, "Is it done to everybody of that population by default?"),
    Field(
        "infer",
        Kind.CHOICES,
        "Which traits are to be inferred from faces?",
        _words(
            "race ethnicity religion politics union orientation sex_life immigration sex age "
            "emotion health"
        ),
        spellings.TRAIT,
        silence=NOTHING,
    ),
    Field(
        "alert.group",
        Kind.TRI,
        "Is there to be an alert when people of a group are present or gather?",
        (),
        spellings.GROUP_ALERT,
        silence=NO,
    ),
    # Where
    Field(
        "place.kind",
        Kind.CHOICE,
        "At what kind of place?",
        _words(
            "street square transport airport border prison police_station school workplace shop "
            "stadium hospital worship toilet changing_room home office private_site"
        ),
    ),
    Field(
        "place.span",
        Kind.CHOICE,
        "How far does the place reach?",
        _words("point site district city"),
    ),
    Field("place.why", Kind.TEXT, "Why are the people sought expected at this place?"),
    # With what
    Field(
        "cam.kind",
        Kind.CHOICES,
        "With which kinds of camera?",
        _words("fixed body vehicle drone handheld glasses kiosk existing_cctv upload"),
        may_be_empty=False,
    ),
    Field("cam.count", Kind.INTEGER, "With how many cameras?"),
    Field("cam.officer_data", Kind.TRI, "Was the footage first captured by an officer's camera?"),
    Field(
        "mode",
        Kind.CHOICE,
        "Is the footage searched live, nearly live, or later?",
        _words("live near_live recorded"),
    ),
    Field("delay_s", Kind.INTEGER, "How many seconds pass between capture and search?"),
    # Who stands before it
    Field(
        "pop.kind",
        Kind.CHOICES,
        "Whose faces are compared?",
        _words(
            "everyone_passing persons_stopped persons_arrested opted_in detainees staff visitors "
            "lawyers customers pupils passengers named_person"
        ),
        may_be_empty=False,
    ),
    Field("pop.minors", Kind.TRI, "Will children be among them?"),
    Field("pop.groups", Kind.TEXTS, "Which groups and age bands are expected (like 20-49)?"),
    Field(
        "assembly",
        Kind.TRI,
        "Is a gathering, worship, strike, protest, vote or press event planned or likely there?",
    ),
    # The list
    Field(
        "wl.source",
        Kind.CHOICES,
        "Where do the photographs on the list come from?",
        _words(
            "none own_enrolment custody official_id case_file family own_incident "
            "institution_records media_archive web social_media cctv_bulk shared_list"
        ),
        spellings.SOURCE,
        without_list=frozenset({NONE}),
        phrases=True,
    ),
    Field("wl.size", Kind.INTEGER, "How many people are on the list?", without_list=0),
    Field(
        "wl.criteria",
        Kind.CHOICES,
        "By which criteria do people get onto the list?",
        _words(
            "none race ethnicity religion politics union orientation sex_life immigration "
            "nationality belief trait sex age lawful_event organisation named_target warrant "
            "missing_person victim suspect convict threat ban incident self_excluded enrolled "
            "staff detainee"
        ),
        spellings.CRITERIA,
        without_list=frozenset({NONE}),
        phrases=True,
    ),
    Field("wl.reason_each", Kind.TRI, "Has each entry a reason of its own?", without_list=NO),
    Field("wl.minors", Kind.TRI, "Are children on the list?", without_list=NO),
    Field("wl.expiry_h", Kind.INTEGER, "After how many hours does an entry end?", without_list=0),
    Field("wl.entry_review", Kind.TRI, "Does a second person review each entry?", without_list=NO),
    # What follows
    Field(
        "action.kind",
        Kind.CHOICE,
        "What is done on a candidate?",
        _words("none lead stop deny arrest"),
    ),
    Field("action.lineup", Kind.TRI, "Is a line-up to be drawn from a candidate?", silence=NO),
    Field("action.auto", Kind.TRI, "Is anything done without a person deciding?", silence=NO),
    Field(
        "auth.kind",
        Kind.CHOICE,
        "On which authority does the use rest?",
        _words("none consent statute warrant independent emergency"),
        spellings.AUTHORITY,
    ),
    Field("auth.objective", Kind.TEXT, "Which objective or offence does the authority name?"),
    Field("auth.offence_max_y", Kind.INTEGER, "What is the offence's maximum sentence in years?"),
    Field("auth.scope_time", Kind.TEXT, "Which hours does the authority allow?"),
    Field("auth.scope_place", Kind.TEXT, "Which place does the authority allow?"),
    Field("auth.scope_persons", Kind.TEXT, "Which persons does the authority name?"),
    Field("auth.expires", Kind.DATE, "On which day does the authority end?"),
    Field("review.n", Kind.INTEGER, "How many people check a candidate, each alone?"),
    Field("review.trained", Kind.TRI, "Were the reviewers trained within the last year?"),
    Field("review.can_override", Kind.TRI, "May a reviewer overrule the system?"),
    # What people are told and can choose
    Field("notice", Kind.TRI, "Is there a notice at the place?"),
    Field("consent.explicit", Kind.TRI, "Did every person agree explicitly?"),
    Field("consent.written", Kind.TRI, "Is there a written release of every person?"),
    Field("alternative", Kind.TRI, "Is there an equal way without a face?"),
    # What is kept
    Field(
        "tmpl.custody",
        Kind.CHOICE,
        "Who holds the templates?",
        _words("device subject_key operator cloud"),
    ),
    Field("tmpl.shared_with", Kind.TEXTS, "Who else receives templates?", silence=NOTHING),
    Field("ret.nonmatch_s", Kind.INTEGER, "After how many seconds is a non-match wiped?"),
    Field("ret.match_h", Kind.INTEGER, "For how many hours is a match kept?"),
    Field(
        "ret.template_after_purpose_d",
        Kind.INTEGER,
        "For how many days is a template kept after its purpose has ended?",
    ),
    # What was measured
    Field("ev.model_id", Kind.TEXT, "Which model was tested?"),
    Field("ev.threshold", Kind.SCORE, "At which threshold?"),
    Field("ev.gallery", Kind.INTEGER, "With how many people in the gallery?"),
    Field(
        "ev.n_group",
        Kind.INTEGER,
        "How many false positives are expected at the threshold in the group with fewest?",
    ),
    Field("ev.fpir_max_ub", Kind.RATE, "What is the worst group's upper 95 % bound of FPIR?"),
    Field("ev.fnir_max", Kind.RATE, "What is the worst group's FNIR?"),
    Field("ev.ratio_lb", Kind.RATIO, "What is the lower 95 % bound of worst over best FPIR?"),
    Field("ev.tpr_min", Kind.RATE, "What is the lowest true-positive rate of any group?"),
    Field("ev.age_bands", Kind.TEXTS, "Which age bands were tested (like 20-49)?"),
    Field("ev.operational", Kind.TRI, "Was it tested on these cameras and people?"),
    Field("ev.independent", Kind.TRI, "Was it tested by somebody independent?"),
    Field("ev.age_d", Kind.INTEGER, "How many days old is the test?"),
    # How it is governed
    Field("gov.dpia", Kind.TRI, "Is a data-protection impact assessment done?"),
    Field("gov.fria", Kind.TRI, "Is a fundamental-rights impact assessment done?"),
    Field("gov.registered", Kind.TRI, "Is the use registered?"),
    Field("gov.public_report", Kind.TRI, "Is there a public record or report of this use?"),
    Field("gov.complaints", Kind.TRI, "Is there a way to see, erase and complain?"),
    Field("gov.training", Kind.TRI, "Is there a training programme?"),
    Field("gov.audit", Kind.TRI, "Is there a yearly audit?"),
    Field("gov.harm_assessment", Kind.TRI, "Was harm to groups assessed?"),
    Field(
        "gov.existing_system_review",
        Kind.TRI,
        "Was the existing camera system reviewed before faces were added to it?",
    ),
)

_DERIVED: Final = (
    Field(
        "op.freedom",
        Kind.CHOICE,
        "How free is the country (from the dated table)?",
        _words("free partly not_free"),
        derived_from=("op.country",),
    ),
    Field(
        "op.in_eu",
        Kind.TRI,
        "Is the country a member of the European Union?",
        derived_from=("op.country",),
        may_be_stated=False,
    ),
    Field(
        "op.opt_in_state",
        Kind.TRI,
        "Has the member state a law of its own under AI Act Art. 5(5)?",
        derived_from=("op.country",),
        may_be_stated=False,
    ),
    Field(
        "op.city_ban",
        Kind.TRI,
        "Has the city banned government use?",
        derived_from=("op.country", "op.subdiv", "op.city"),
        may_be_stated=False,
    ),
    Field(
        "place.public",
        Kind.TRI,
        "Can an undetermined number of people enter or pass?",
        derived_from=("place.kind",),
    ),
    Field(
        "auth.ground",
        Kind.CHOICE,
        "Which objective of AI Act Art. 5(1)(h) is it?",
        _words("h_i h_ii h_iii other"),
        derived_from=("auth.objective", "purpose"),
        may_be_stated=False,
    ),
    Field(
        "auth.annex_ii",
        Kind.TRI,
        "Is the offence one of AI Act Annex II?",
        derived_from=("auth.objective", "purpose"),
        may_be_stated=False,
    ),
    Field(
        "auth.listed_md",
        Kind.TRI,
        "Is the offence one of Maryland's list?",
        derived_from=("auth.objective", "purpose"),
        may_be_stated=False,
    ),
    Field(
        "auth.in_force",
        Kind.TRI,
        "Is the authority still in force?",
        derived_from=("auth.expires",),
        may_be_stated=False,
    ),
    Field(
        "tmpl.beyond_named",
        Kind.TRI,
        "Do templates go to anybody who is not a named recipient?",
        derived_from=("tmpl.shared_with",),
        may_be_stated=False,
    ),
    Field(
        "ev.gallery_enough",
        Kind.TRI,
        "Was the tested gallery at least as large as the planned one?",
        derived_from=("ev.gallery", "wl.size"),
        may_be_stated=False,
    ),
    Field(
        "ev.bands_covered",
        Kind.TRI,
        "Does the test cover every age band that is expected, sought or enrolled?",
        derived_from=("ev.age_bands", "pop.groups", "pop.minors", "wl.minors"),
        may_be_stated=False,
    ),
    Field(
        "permits.public_sites",
        Kind.INTEGER,
        "How many public sites would this operator's open permits watch live, this one included?",
        derived_from=("place.span", "place.kind", "mode"),
        may_be_stated=False,
    ),
    Field(
        "permits.public_cameras",
        Kind.INTEGER,
        "How many public cameras would they watch live?",
        derived_from=("cam.count", "place.kind", "mode"),
        may_be_stated=False,
    ),
    Field(
        "permits.one_order",
        Kind.TRI,
        "Do all of them rest on one warrant or one emergency?",
        derived_from=("auth.kind",),
        may_be_stated=False,
    ),
)

FIELDS: Final[Mapping[str, Field]] = MappingProxyType({f.name: f for f in _STATED + _DERIVED})
"""Every field by its dotted name, in the order in which a submission is read."""


def known_values(name: str) -> frozenset[str] | None:
    """Texts that a rule may compare a field with, or None where the text is free."""
    spec = FIELDS[name]
    if spec.kind is Kind.TRI:
        return frozenset({YES, NO})
    return frozenset(spec.values) if spec.values else None
