"""A renewal is asked again when it comes into force: things happen while letters travel."""

import pytest

from recognizance.errors import PermitSuspendedError, RefusedError
from recognizance.permits.objecting import answer, lodge
from recognizance.permits.oversight import resume, suspend
from recognizance.permits.renewing import Renewal, renew


def test_an_objection_or_a_stop_on_the_way_keeps_a_renewal_out(operator, authority, clock):
    workspace, registry = operator.workspace, operator.workspace.registry
    officer = operator.acting("officer")
    old = operator.in_force(authority)
    clock.advance(days=310)
    issued = renew(
        workspace, old, Renewal(), proposer=operator.acting("operator"), officers=[officer]
    )
    letter = authority.countersign(operator.ask(issued.permit)).letter
    objection = lodge(registry, old, "It films the pavement.", now=clock())
    with pytest.raises(RefusedError):
        operator.accept(letter)
    answer(registry, objection.objection_id, "It was turned.", by=officer.principal, now=clock())
    suspend(workspace, old, reason="a doubt", by=officer)
    with pytest.raises(PermitSuspendedError):
        operator.accept(letter)
    assert issued.permit.permit_id not in registry.issued
    resume(workspace, old, reason="it is settled", by=officer)
    operator.accept(letter)
    assert issued.permit.permit_id in registry.issued
