"""How exactly a device's position may be used: as the request wishes, if the person has agreed to it."""

import logging
from datetime import date

from finder.domain.consent import WithPosition
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant, once
from finder.privacy.subjects import Person

__all__ = ["grant_as_wished"]

_log = logging.getLogger(__name__)


def grant_as_wished[P: WithPosition](
    desk: ConsentDesk,
    purpose: type[P],
    person: Person | None,
    *,
    exact: bool | None,
    agreed: date | None,
    urgent: bool = False,
) -> Grant[P] | None:
    """Return the grant for an exact position, or ``None`` where it is to be blurred.

    ``exact``: what the request wishes; ``None`` is as exact as the person has agreed to. ``agreed`` is the policy version of a
    yes in the request itself, which stands before the ledger's. The ledger is not read for who has no token, nor for who wishes
    no exact position.

    Raises :class:`OutdatedPolicy` for an ``agreed`` that is not in force, and what ``ConsentDesk.grant`` raises where ``exact``
    is insisted on. Not so where it is ``urgent``: help must not wait for a consent, so the position is blurred.
    """
    if exact is False:
        return None
    subject = person.subject if person else None
    try:
        return once(purpose, agreed) if agreed else desk.grant(purpose, subject)
    except (ConsentNeeded, OutdatedPolicy, NotReady) as error:
        if not urgent and (exact or agreed):
            raise
        if isinstance(error, NotReady):
            _log.warning("The ledger of consents does not answer, and positions are blurred meanwhile: %s", error)
        return None
