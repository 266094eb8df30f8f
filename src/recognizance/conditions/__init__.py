"""What a permit's conditions do when it is used. Each is a hook; see `recognizance.gate.hooks`.

`table` is the list: every hook, and what keeps it. A hook that nothing keeps would be a condition
that does nothing, so a permit that carries one runs nothing (rule D4: a disabled hook voids the
permit).
"""

from recognizance.conditions.lapses import check_running, is_public, order_due, order_missing
from recognizance.conditions.limits import (
    A_DAY,
    check_answers,
    check_enrollment,
    check_gallery,
    check_quality,
    check_size,
    check_targets,
    check_threshold,
    end_of_deployment,
    end_of_purpose,
    keep_lead_until,
    keep_until,
    max_candidates,
    reviews_needed,
    reviews_of_a_claim,
    wipe_within,
)
from recognizance.conditions.meter import Meter, read_meter
from recognizance.conditions.owed import ATTESTABLE, attest_command, open_duties
from recognizance.conditions.parameters import has, numbers, rules_of
from recognizance.conditions.people import check_not_stopped, check_role, check_trained
from recognizance.conditions.situation import Situation
from recognizance.conditions.table import (
    BEFORE,
    ELSEWHERE,
    ENFORCED,
    check_before_reading,
    check_enforceable,
)
from recognizance.conditions.watching import (
    Density,
    check_footage,
    check_together,
    density_of,
    hold_off,
)

__all__ = [
    "ATTESTABLE",
    "A_DAY",
    "BEFORE",
    "ELSEWHERE",
    "ENFORCED",
    "Density",
    "Meter",
    "Situation",
    "attest_command",
    "check_answers",
    "check_before_reading",
    "check_enforceable",
    "check_enrollment",
    "check_footage",
    "check_gallery",
    "check_not_stopped",
    "check_quality",
    "check_role",
    "check_running",
    "check_size",
    "check_targets",
    "check_threshold",
    "check_together",
    "check_trained",
    "density_of",
    "end_of_deployment",
    "end_of_purpose",
    "has",
    "hold_off",
    "is_public",
    "keep_lead_until",
    "keep_until",
    "max_candidates",
    "numbers",
    "open_duties",
    "order_due",
    "order_missing",
    "read_meter",
    "reviews_needed",
    "reviews_of_a_claim",
    "rules_of",
    "wipe_within",
]
