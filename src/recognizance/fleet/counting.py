"""D7 for cameras that really hang: the gate is asked once more, with what a fleet adds up to.

When a permit was given, the gate counted the cameras that its submission named, beside the other
open permits. A fleet says which cameras there are and where. So each permit is counted as one for
every site that its cameras hang at, with as many cameras as hang there, and the same rules decide
(HR-08, HR-19): no number of theirs is repeated here. Pure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recognizance.gate.decide import decide
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.fleet.plan import Camera
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.submission import Submission


@dataclass(frozen=True, slots=True)
class Network:
    """Every open permit of an operator, each as one for every site of it.

    Attributes:
        parts: What D7 adds up, by permit and site.
    """

    parts: Mapping[tuple[str, str], OpenPermit]

    @classmethod
    def of(cls, cameras: Iterable[Camera], open_permits: Sequence[OpenPermit]) -> Network:
        """The cameras of a fleet beside the operator's open permits.

        Args:
            cameras: The cameras.
            open_permits: Every open permit; its `site` is its id.
        """
        hang: dict[str, Counter[str]] = {}
        for camera in cameras:
            hang.setdefault(camera.permit, Counter())[camera.site] += 1
        return cls(
            {
                (held.site, site): part
                for held in open_permits
                for site, part in _split(held, hang.get(held.site, Counter()))
            }
        )

    def decide(
        self, permit_id: str, site: str, submission: Submission, bundle: RuleBundle, at: date
    ) -> GateDecision:
        """What the gate says of a permit at one site, beside everything else that is open.

        Args:
            permit_id: The permit, which is open.
            site: The site.
            submission: What the permit was decided on.
            bundle: The rules.
            at: The day.
        """
        own = self.parts[permit_id, site]
        stated = {**submission.as_dict(), "cam.count": own.cameras}
        others = [part for key, part in self.parts.items() if key != (permit_id, site)]
        return decide(bundle, submission_from(stated), at=at, open_permits=others)


def _split(held: OpenPermit, hang: Mapping[str, int]) -> Iterable[tuple[str, OpenPermit]]:
    """A permit as one for each site; what it may watch besides is counted at the first."""
    if not hang:
        return [("", held)]
    spare = max(0, (held.cameras or 0) - sum(hang.values()))
    counts = [count + (spare if first == 0 else 0) for first, count in enumerate(hang.values())]
    return [
        (site, replace(held, site=f"{held.site}/{site}", cameras=count))
        for site, count in zip(hang, counts, strict=True)
    ]
