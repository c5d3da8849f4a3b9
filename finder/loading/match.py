"""Whether two sources speak of one facility: the same, different, or *can't tell*, with the reasons for a reviewer.

Each thing that both say counts as evidence in natural-log odds, after I. P. Fellegi and A. B. Sunter (*A Theory for Record
Linkage*, JASA 64, 1969); their sum and the prior give the score. The points are set by hand, from the labelled pairs in
``tests/cases/match_pairs.json``, not learned. Above that stand rules that no evidence outweighs: a wrong merge sends a patient
to the wrong door, a missed one only shows a place twice, so whatever is in doubt is left to people.

Rows of one source are never to be compared here: what one source lists twice is two places, or its own mistake.
"""

import math
from enum import StrEnum
from typing import Final

import msgspec

from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.geo.distance import geodesic_m
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.match_contact import AddressLikeness, address_likeness, city_words, door_of, host_of, phone_keys
from finder.loading.match_name import NameLikeness, name_likeness, name_of

__all__ = ["FARTHEST_SAME_M", "WORTH_COMPARING_M", "Likeness", "Verdict", "compare_pair"]

SAME_AT: Final = 0.9
"""The least score of *same*. The labelled pairs that are different stay below 0.86, held there by rules."""
DIFFERENT_AT: Final = 0.25
"""The greatest score of *different*. Above it a person looks: one in four is worth a look, one in ten would flood the queue."""
FARTHEST_SAME_M: Final = 1_000.0
"""Beyond this nothing is merged, whatever else agrees: one of the positions is wrong, or it is a branch."""
WORTH_COMPARING_M: Final = 1_300.0
"""Beyond this, plus what the positions may be off by, only a shared phone makes two names worth a look."""

_NOT_SAME: Final = 0.85
_DIFFERENT: Final = 0.1
_UNSURE: Final = 0.3
_SURE: Final = 0.97

_PRIOR: Final = -5.0  # of the places within a few hundred metres about one in 150 is the one that was meant
_NAME_POINTS: Final = ((0.0, -8.0), (300.0, -8.0), (600.0, -3.0), (800.0, 1.0), (900.0, 3.5), (970.0, 5.0), (1000.0, 5.0))
_LITTLE_NAME_POINTS: Final = 1.5  # "Farmacia", "Centro de Salud": true of the neighbour too
_CHAIN_POINTS: Final = 3.0  # one shop of a chain stands across the street from the next
_PART_POINTS: Final = 0.5  # "Hospital Ángeles", "Hospital Ángeles Tijuana": the least for a name within the other
_DISTANCE_POINTS: Final = (
    (1.0, 4.5),
    (25.0, 4.0),
    (50.0, 3.0),
    (100.0, 2.0),
    (200.0, 1.0),
    (300.0, 0.0),
    (500.0, -0.7),
    (1000.0, -1.5),
    (2000.0, -3.0),
    (5000.0, -6.0),
)
_MOBILE_DISTANCE_POINTS: Final = 2.0  # mobile units of a district are all listed at the yard that they start from
_HOSPITAL_GROUND: Final = 0.5  # gate and middle of a hospital's ground may both be right: its distances count half
_CORNER_M: Final = 100.0  # a house at a corner has two streets; farther apart, two streets are two houses
_VAGUE_M: Final = 300.0  # a position known no better than this is near to everything
_SAME_PHONE: Final = 3.0
_OTHER_PHONES: Final = -0.7
_ADDRESS_POINTS: Final = {
    AddressLikeness.SAME: 3.0,
    AddressLikeness.OTHER_UNIT: 1.5,
    AddressLikeness.OTHER_NUMBER: -2.5,
    AddressLikeness.OTHER_STREET: -0.5,  # corner houses and roads with two names are common
    AddressLikeness.SILENT: 0.0,
}
_SAME_HOST: Final = 0.5  # all branches have one
_OTHER_HOST: Final = -0.3
_SAME_KIND: Final = 0.5
_SAME_IDENTIFIER: Final = 4.0
_PHONE_REACHES_M: Final = 50_000.0

_GENERAL = frozenset({FacilityKind.CLINIC, FacilityKind.OTHER})
_KINDS_APART = frozenset(
    {FacilityKind.PHARMACY, FacilityKind.LABORATORY, FacilityKind.MOBILE_UNIT, FacilityKind.EYE_CARE, FacilityKind.DENTIST}
)
"""Behind another door, even in the same house and under the same name."""
_KINDS_WITHIN = frozenset({FacilityKind.EMERGENCY, FacilityKind.URGENT_CARE, FacilityKind.DOCTORS})
"""May be a part of a hospital, with its own door and hours."""
_PEOPLE = frozenset({FacilityKind.DOCTORS, FacilityKind.DENTIST})
_ROLE_OF_KIND = {
    FacilityKind.PHARMACY: frozenset({"pharmacy"}),
    FacilityKind.LABORATORY: frozenset({"laboratory"}),
    FacilityKind.DENTIST: frozenset({"dental"}),
    FacilityKind.EMERGENCY: frozenset({"emergency"}),
    FacilityKind.URGENT_CARE: frozenset({"urgent"}),
    FacilityKind.MENTAL_HEALTH: frozenset({"mental"}),
    FacilityKind.ADDICTION_TREATMENT: frozenset({"addiction"}),
    FacilityKind.REHABILITATION: frozenset({"rehabilitation"}),
    FacilityKind.EYE_CARE: frozenset({"eye"}),
    FacilityKind.MATERNITY: frozenset({"maternity"}),
    FacilityKind.MOBILE_UNIT: frozenset({"mobile"}),
}
_NO_ROLE = frozenset[str]()


class Verdict(StrEnum):
    """What becomes of a pair: merged, kept apart, or shown to a person."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Likeness(msgspec.Struct, frozen=True):
    """What speaks for and against two facilities being one: a score in [0, 1], and reasons in plain words for a reviewer."""

    verdict: Verdict
    score: float
    reasons: tuple[str, ...]


def compare_pair(a: Facility, b: Facility) -> Likeness:
    """Say whether ``a`` and ``b``, of two sources, are one facility. Symmetric and deterministic.

    Two positions more than :data:`FARTHEST_SAME_M` apart are never the same, and shared identifiers that contradict each
    other always are different.
    """
    reasons: list[str] = []
    identifier = 0.0
    if a.identifiers and b.identifiers:
        for scheme in SHARED_SCHEMES:
            one, two = a.identifiers.get(scheme), b.identifiers.get(scheme)
            if one is not None and two is not None:
                if one.casefold() != two.casefold():
                    return Likeness(Verdict.DIFFERENT, 0.0, (f"different {scheme.upper()}",))
                identifier = _SAME_IDENTIFIER
                reasons.append(f"same {scheme.upper()}")
    score, at_most, at_least = _weighed(a, b, identifier, reasons)
    score = round(min(max(score, at_least), at_most), 3)
    verdict = Verdict.SAME if score >= SAME_AT else Verdict.DIFFERENT if score <= DIFFERENT_AT else Verdict.UNSURE
    return Likeness(verdict, score, tuple(reasons))


def _weighed(a: Facility, b: Facility, identifier: float, reasons: list[str]) -> tuple[float, float, float]:
    """The score by evidence, and the most and the least that the rules leave of it."""
    name = _names(a, b)
    distance_m = geodesic_m(*sorted((a.lon_lat, b.lon_lat)))
    off_by_m = (a.position_accuracy_m or 0.0) + (b.position_accuracy_m or 0.0)
    address = address_likeness(door_of(a.address), door_of(b.address), place_needed=off_by_m > _VAGUE_M)
    phone = _same_phone(a, b)
    same_phone, same_address = phone > 0, address is AddressLikeness.SAME
    person = a.kind in _PEOPLE or b.kind in _PEOPLE or name_of(a.name).person or name_of(b.name).person

    points = _PRIOR + identifier + _name_points(name) + _distance_points(a, b, distance_m, off_by_m)
    points += phone + _ADDRESS_POINTS[address] + (_SAME_KIND if a.kind is b.kind else 0.0)
    hosts = host_of(a.website), host_of(b.website)
    if hosts[0] and hosts[1]:
        points += _SAME_HOST if hosts[0] == hosts[1] else _OTHER_HOST

    reasons += _said(name, distance_m, off_by_m, address, phone)
    if hosts[0] and hosts[0] == hosts[1]:
        reasons.append("same website")

    at_most, at_least = 1.0, 0.0
    near = distance_m - off_by_m <= 100.0
    # What decides by itself.
    if name.contradiction:
        return _odds(points), _DIFFERENT, 0.0
    apart = _kinds(a, b, name, near=near, reasons=reasons)
    if apart == _DIFFERENT:
        return _odds(points), _DIFFERENT, 0.0
    # What makes it the same, if nothing is in doubt.
    if _says_the_same(a, b, distance_m):
        at_least = _SURE
    # What leaves it to people.
    at_most = min(at_most, apart)
    if distance_m > FARTHEST_SAME_M or name.doubt or address is AddressLikeness.OTHER_UNIT:
        at_most = _NOT_SAME
    if address is AddressLikeness.OTHER_NUMBER or (address is AddressLikeness.OTHER_STREET and distance_m > _CORNER_M):
        at_most = _NOT_SAME
    if a.status is not b.status and FacilityStatus.CLOSED in (a.status, b.status):
        reasons.append("one of them is closed")
        at_most = _NOT_SAME
    if not name.exact:
        # A slip may be another family's name: then the phone or the address has to confirm it, and for one doctor among
        # the others of a house, or a mobile unit at its yard, not even both can. A longer name may be a branch or a part:
        # both have to.
        confirmed = (name.loose and (same_phone or same_address)) or (name.part and same_phone and same_address)
        if person or _mobile(a, b) or not confirmed:
            at_most = _NOT_SAME
    # What a person should see, however low its score.
    renamed = same_phone and same_address and a.kind is b.kind and not person and not name.chain
    astray = name.exact and not (name.little or name.chain) and same_phone and distance_m <= _PHONE_REACHES_M
    astray = astray and address not in (AddressLikeness.OTHER_NUMBER, AddressLikeness.OTHER_STREET)
    if renamed or astray or identifier:
        at_least = max(at_least, _UNSURE)
    return _odds(points), at_most, at_least


def _names(a: Facility, b: Facility) -> NameLikeness:
    city = city_words(a.address.city) | city_words(b.address.city)
    if not (a.names or b.names):
        return name_likeness(name_of(a.name), name_of(b.name), city)
    ours = [name_of(name) for name in (a.name, *a.names.values())]
    theirs = [name_of(name) for name in (b.name, *b.names.values())]
    return max(name_likeness(one, two, city) for one in ours for two in theirs)


def _name_points(name: NameLikeness) -> float:
    if name.chain:
        return min(_CHAIN_POINTS, _ramp(float(name.permille), _NAME_POINTS))
    if name.little:
        return _LITTLE_NAME_POINTS if name.exact else min(0.0, _ramp(float(name.permille), _NAME_POINTS))
    points = _ramp(float(name.permille), _NAME_POINTS)
    return max(points, _PART_POINTS) if name.part else points


def _distance_points(a: Facility, b: Facility, distance_m: float, off_by_m: float) -> float:
    """Near counts for them as far as the positions can be trusted, and far against them beyond what they may be off by."""
    if a.kind is b.kind is FacilityKind.HOSPITAL:
        distance_m *= _HOSPITAL_GROUND
    points = _ramp(max(distance_m, off_by_m), _DISTANCE_POINTS)
    if points < 0.0:
        points = min(0.0, _ramp(max(0.0, distance_m - off_by_m), _DISTANCE_POINTS))
    return min(points, _MOBILE_DISTANCE_POINTS) if _mobile(a, b) else points


def _mobile(a: Facility, b: Facility) -> bool:
    kinds = FacilityKind.MOBILE_UNIT in (a.kind, b.kind)
    return kinds or "mobile" in name_of(a.name).roles or "mobile" in name_of(b.name).roles


def _same_phone(a: Facility, b: Facility) -> float:
    ours, theirs = phone_keys(a.phones), phone_keys(b.phones)
    if not (ours and theirs):
        return 0.0
    shared = ours.keys() & theirs.keys()
    if not shared:
        return _OTHER_PHONES
    # One switchboard with two extensions is two desks of one house: it says nothing.
    extensions_apart = all(ours[number] and theirs[number] and ours[number] != theirs[number] for number in shared)
    return 0.0 if extensions_apart else _SAME_PHONE


def _kinds(a: Facility, b: Facility, name: NameLikeness, *, near: bool, reasons: list[str]) -> float:
    """The most that what is done at both leaves of the score."""
    kinds = {a.kind, b.kind}
    at_most = 1.0
    if len(kinds) > 1:
        alike = name.exact and name.permille == 1000 and not (name.little or name.chain) and near
        listed = ", ".join(sorted(kind.replace("_", " ") for kind in kinds))
        if kinds & _KINDS_APART and not kinds & _GENERAL:
            reasons.append(f"kinds that have doors of their own ({listed})")
            at_most = _NOT_SAME if alike and name_of(a.name).roles == name_of(b.name).roles else _DIFFERENT
        elif FacilityKind.HOSPITAL in kinds and kinds & _KINDS_WITHIN:
            reasons.append(f"one may be a part of the other ({listed})")
            at_most = _NOT_SAME
        elif FacilityKind.MOBILE_UNIT in kinds or (kinds & _KINDS_APART and FacilityKind.OTHER not in kinds):
            reasons.append(f"kinds that may have doors of their own ({listed})")
            at_most = 1.0 if name_of(a.name).roles & name_of(b.name).roles and alike else _NOT_SAME
    ours, theirs = name_of(a.name).roles, name_of(b.name).roles
    if ours != theirs:
        ours_only = ours - theirs - _ROLE_OF_KIND.get(b.kind, _NO_ROLE)
        theirs_only = theirs - ours - _ROLE_OF_KIND.get(a.kind, _NO_ROLE)
        if ours_only or theirs_only:
            listed = ", ".join(sorted(ours_only | theirs_only))
            reasons.append(f"the names speak of different care ({listed})")
            at_most = min(at_most, _DIFFERENT if ours_only and theirs_only else _NOT_SAME)
    return at_most


def _says_the_same(a: Facility, b: Facility, distance_m: float) -> bool:
    """Whether everything that finds the place is written alike in both, as in a copy of a file."""
    return (
        distance_m <= 1.0
        and a.kind is b.kind
        and name_of(a.name).folded == name_of(b.name).folded
        and phone_keys(a.phones) == phone_keys(b.phones)
        and door_of(a.address) == door_of(b.address)
        and (a.position_accuracy_m is None or b.position_accuracy_m is None or bool(door_of(a.address).number))
    )


def _said(name: NameLikeness, distance_m: float, off_by_m: float, address: AddressLikeness, phone: float) -> list[str]:
    said = ["same name" if name.exact and name.permille == 1000 else _alike(name)]
    said += [reason for reason in (name.contradiction, name.doubt) if reason]
    if name.chain:
        said.append("a chain has this name at many places")
    elif name.little:
        said.append("the name says little")
    said.append(f"{distance_m:.0f} m apart" if distance_m < 1000.0 else f"{distance_m / 1000.0:.1f} km apart")
    if off_by_m:
        said.append(f"positions known to {off_by_m:.0f} m only")
    if phone:
        said.append("same phone" if phone > 0 else "different phones")
    if address is not AddressLikeness.SILENT:
        said.append(address.value)
    return said


def _alike(name: NameLikeness) -> str:
    word = "differ" if name.permille < 800 else "alike"
    return f"names {word} ({name.permille / 1000.0:.2f})" + (", one within the other" if name.part else "")


def _ramp(value: float, table: tuple[tuple[float, float], ...]) -> float:
    """The points at ``value``, on straight lines between those of the table and level outside of it."""
    below_value, below_points = table[0]
    for above_value, above_points in table:
        if value <= above_value:
            if above_value == below_value:
                return above_points
            return below_points + (above_points - below_points) * (value - below_value) / (above_value - below_value)
        below_value, below_points = above_value, above_points
    return below_points


def _odds(points: float) -> float:
    return 1.0 / (1.0 + math.exp(-points))
