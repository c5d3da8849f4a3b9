"""Whether a record is what is wanted, by looking at it: what the marks and the index of rarer things must agree with."""

from collections.abc import Iterable

from finder.directory.marks import Wanted, primary_languages, taken_plans
from finder.directory.people import Person
from finder.directory.plans import plan_ids
from finder.domain.facility import Facility, Wheelchair
from finder.domain.practitioner import Role


def meets(wanted: Wanted, facility: Facility, person: Person | None = None, role: Role | None = None) -> bool:
    """Whether a facility, or with ``person`` and ``role`` that listing there, is known to be all that is wanted."""
    return (
        (not wanted.kinds or facility.kind in wanted.kinds)
        and (not wanted.wheelchair or facility.accessibility.wheelchair in {Wheelchair.YES, Wheelchair.LIMITED})
        and (not wanted.accepting or (role is not None and role.accepting_new_patients is True))
        and (not wanted.telehealth or (role is not None and role.telehealth is True))
        and (wanted.gender is None or (person is not None and person.practitioner.gender is wanted.gender))
        and (not wanted.languages or not _primary(wanted.languages).isdisjoint(primary_languages(facility, person)))
        and (wanted.plan is None or wanted.plan in plan_ids(taken_plans(facility, role)))
    )


def _primary(tags: Iterable[str]) -> set[str]:
    return {tag.partition("-")[0].lower() for tag in tags}
