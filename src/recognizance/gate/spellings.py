"""Other spellings of listed values: they change how a value is written, never what it means.

A value is looked up folded (NFKC, lower case, spaces and hyphens as underscores). What is in no
list here and in no closed list of `fields` is refused by name.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def _turned(spellings: Mapping[str, str]) -> Mapping[str, str]:
    """Turn `value -> "other spellings"` into `spelling -> value`."""
    return MappingProxyType(
        {other: value for value, others in spellings.items() for other in others.split()}
    )


def _pairs(text: str) -> Mapping[str, str]:
    """Turn `"VALUE spelling VALUE spelling"` into `spelling -> value`."""
    words = text.split()
    return MappingProxyType(dict(zip(words[1::2], words[::2], strict=True)))


FUNCTION: Final = _turned(
    {
        "verify_1to1": "verify verify_1_1 1to1 1:1 verification",
        "identify_1toN": "identify identify_1_n search 1ton 1:n identification",
    }
)

TRAIT: Final = _turned(
    {
        "race": "racial_origin",
        "ethnicity": "ethnic_group ethnic_origin ethnic",
        "religion": "belief faith religious_belief",
        "politics": "political political_opinion political_opinions",
        "union": "trade_union union_membership",
        "orientation": "sexual_orientation",
        "immigration": "immigration_status",
        "sex": "gender",
    }
)

COUNTRY: Final = MappingProxyType({"UK": "GB", "EL": "GR", "USA": "US"})
"""Codes in wide use beside ISO 3166-1: the United Kingdom's own, Greece's in EU law."""

US_STATE: Final = _pairs(
    "AL alabama AK alaska AZ arizona AR arkansas CA california CO colorado CT connecticut "
    "DE delaware DC district_of_columbia FL florida GA georgia HI hawaii ID idaho IL illinois "
    "IN indiana IA iowa KS kansas KY kentucky LA louisiana ME maine MD maryland "
    "MA massachusetts MI michigan MN minnesota MS mississippi MO missouri MT montana "
    "NE nebraska NV nevada NH new_hampshire NJ new_jersey NM new_mexico NY new_york "
    "NC north_carolina ND north_dakota OH ohio OK oklahoma OR oregon PA pennsylvania "
    "RI rhode_island SC south_carolina SD south_dakota TN tennessee TX texas UT utah "
    "VT vermont VA virginia WA washington WV west_virginia WI wisconsin WY wyoming "
    "PR puerto_rico GU guam VI virgin_islands AS american_samoa MP northern_mariana_islands"
)
"""States and territories by name. State rules hang on the code, so no other text is a state."""

SOURCE: Final = _turned(
    {
        "own_enrolment": "own_enrollment enrolment enrollment enrolled opt_in opted_in consent "
        "consented released volunteers self subject subjects contacts",
        "custody": "custody_image custody_images custody_photo custody_photos booking "
        "booking_photo booking_photos mugshot mugshots arrest_photos police_custody",
        "official_id": "id_document id_documents passport passports licence license "
        "driver_licence driver_license drivers_license visa official official_records registry",
        "case_file": "case casefile investigation police police_records wanted wanted_notice "
        "warrant court court_order interpol",
        "family": "relative relatives next_of_kin parents family_photo family_photos "
        "missing_person_report",
        "own_incident": "incident incidents incident_log own_incidents own_records "
        "store_incident store_incidents shop_incident shop_incidents security_log",
        "institution_records": "institution prison_records detainee_records staff_records "
        "employer hr own_register",
        "web": "internet scraped scraping web_scrape online",
        "social_media": "instagram facebook social_network social_networks",
        "cctv_bulk": "cctv cctv_footage bulk_cctv street_cctv",
        "shared_list": "shared other_shops vendor third_party purchased bought data_broker",
    }
)

CRITERIA: Final = _turned(
    {
        "race": "racial_origin",
        "ethnicity": "ethnic_group ethnic_origin ethnic",
        "religion": "faith religious_belief",
        "politics": "political political_opinion political_opinions",
        "union": "trade_union union_membership",
        "orientation": "sexual_orientation",
        "immigration": "immigration_status",
        "lawful_event": "event events protest protests protester protesters protestors assembly "
        "lawful_gathering lawful_events strike strikes striker strikers demonstration "
        "demonstrations demonstrator demonstrators rally rallies march "
        "strike_participants protest_participants demonstration_participants rally_participants",
        "organisation": "organization organisation_membership membership",
        "named_target": "named named_person named_persons target targets",
        "warrant": "court_order wanted outstanding_warrant",
        "missing_person": "missing missing_persons missing_adult missing_child abducted",
        "suspect": "suspects wanted_suspect offence serious_crime",
        "convict": "convicts convicted conviction convictions sex_offender sex_offenders",
        "threat": "threat_to_life imminent_threat",
        "ban": "banned banned_person banned_persons exclusion_order",
        "incident": "incidents theft thefts shoplifting prior_theft prior_incident "
        "documented_incident violence",
        "self_excluded": "self_exclusion",
        "enrolled": "opt_in opted_in consent consented released contact contacts passengers",
        "detainee": "detainees",
    }
)

AUTHORITY: Final = _turned(
    {
        "warrant": "court_order judge judges_order judicial judicial_order order",
        "statute": "law legal_mandate",
        "independent": "independent_authority",
        "emergency": "exigency urgency",
    }
)

GROUP_ALERT: Final = _turned(
    {
        "yes": "race ethnicity religion politics union orientation sex_life immigration "
        "trait group gathering co_presence"
    }
)
"""An alert on a trait or a gathering is a group alert, however it is put."""
