"""What a condition switches on when the permit runs: a closed list.

A condition without a hook does not exist: a card that names none, or one that is not here, does
not load. The name travels in the permit; the desk looks it up before, during and after a use.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HOOKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Before a use
        "age_flag": "Nobody is enrolled without a statement of whether they are a child.",
        "case_id": "Each use names the case, order or report that it serves.",
        "delay_floor": "Footage younger than so many seconds is not searched.",
        "evidence_expiry": "The permit lapses when the evidence is older than so many days.",
        "field_of_view": "The view is fenced to the operator's own ground.",
        "gallery_limit": "The gallery holds at most so many people.",
        "hours": "The use runs only within the hours that the permit or the order names.",
        "legal_check": "A lawyer has to look at the law before anything else happens.",
        "local_gallery": "The gallery stays at the place and is joined with no other.",
        "named_targets": "Only people whom the order names are searched for.",
        "other_way": "An equal way without a face is always offered.",
        "place_fence": "The use runs only at the places that the permit or the order names.",
        "provenance": "Nobody is enrolled without a source and a reason from the closed lists.",
        "publication_rest": "The permit opens so many days after it was published.",
        "release_id": "Nobody is enrolled without the id of a release.",
        "reviewer_training": "Reviewers were trained within so many days.",
        "target_only_gallery": "The gallery holds the people sought and nobody else.",
        "visitor_lane": "Visitors, lawyers and children have a way that no camera compares.",
        "workers_told": "The staff were told before the first use.",
        # During a use
        "false_alert_meter": "The use suspends itself when false alerts pass the limit.",
        "lead_only": "A candidate is released as a lead, never as an identity.",
        "no_group_output": "No output names a trait, a group or a gathering.",
        "quality_floor": "Probes below the quality floor, sketches and edited faces are rejected.",
        "reviewers": "So many people check a candidate, each alone, before anything is released.",
        "stop_button": "A reviewer can stop the use at once.",
        "threshold_floor": "The threshold is at least the one that the evidence supports.",
        "wipe_nonmatch": "Features of people who match nobody are wiped within so many seconds.",
        "worst_group_threshold": "The threshold is set for the worst measured group's upper bound.",
        # After a use
        "contest_route": "Whoever is affected can have the result looked at again.",
        "disclosure_bundle": "System, gallery, candidates and reviewers go to the defence.",
        "entry_expiry": "A watchlist entry ends after so many hours unless it is renewed.",
        "independent_evidence": "A lead is exported only with the id of independent evidence.",
        "list_destroyed": "The watchlist is destroyed at the end of the deployment.",
        "no_second_use": "Nothing is used for any purpose but the permit's.",
        "no_sharing": "Templates and lists are given to nobody else.",
        "notify_authorities": "The supervisory authorities are told of each use.",
        "order_timer": "Without an order in so many hours the use stops and its data are wiped.",
        "public_notice": "The notice at the place shows the permit and its rules.",
        "publication_after": "The use is published so many hours after its window ends.",
        "retention": "Templates and matches are destroyed when their time is over.",
        "use_log": "Each use is in the ledger, and the log is kept so many months.",
        "yearly_audit": "The permit lapses without a yearly audit and statistics.",
    }
)
"""Hook name to what it does, in one sentence."""
