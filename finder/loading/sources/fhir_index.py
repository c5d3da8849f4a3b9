"""What FHIR's resources need to know of each other: the first pass over a file keeps it, small, and the others look it up."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import msgspec

from finder.domain.facility import FacilityKind
from finder.loading.sources.fhir_resources import Reference, Resource

__all__ = ["Index", "OrganizationFacts", "PlaceFacts", "ServiceFacts", "key_of", "own_id"]

DEEPEST = 20
"""Steps from a bed to its hospital. A circle of locations that are part of each other ends here too."""
ADDRESS = re.compile(r"(?:^|/)(?P<key>[A-Za-z]+/[A-Za-z0-9.\-]{1,256})$")
"""``Location/1`` at the end of an address, in any server."""

WITHOUT_ID = re.compile(r"[A-Za-z]+/~\d+")
CONDITION = re.compile(r"\w+\?identifier=([^&]*)")
"""A conditional reference, as transactions have it: ``Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893``."""


class OrganizationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What locations and roles take over from an organization."""

    name: str = ""
    cells: Mapping[str, str] = {}
    """Address, phone and website."""
    identifiers: Mapping[str, str] = {}
    may_be_place: bool = False
    """Whether it is a provider with an address: a facility, unless it has locations."""


class PlaceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What roles and the places within it take over from a location."""

    identifiers: Mapping[str, str] = {}
    cells: Mapping[str, str] = {}
    """Address, ``lat`` and ``lon``."""
    is_facility: bool = True
    is_virtual: bool = False
    organization: Reference | None = None
    part_of: Reference | None = None


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a healthcare service says of the places where it is given."""

    services: tuple[str, ...] = ()
    languages: str = ""
    phone: str = ""
    opening_hours: str = ""
    kind: FacilityKind | None = None
    is_virtual: bool = False
    organization: Reference | None = None
    locations: tuple[Reference, ...] = ()


def key_of(type_: str, resource: Resource, full_url: str | None, line: int) -> str:
    """``Location/1``; the whole address, or the number of its entry, where a resource has no id."""
    return f"{type_}/{resource.id}" if resource.id else full_url or f"{type_}/~{line}"


def own_id(key: str, prefix: str = "") -> dict[str, str]:
    """The cell ``id``: the key without ``prefix``. What has neither id nor address has none, its number changes with the file."""
    return {} if WITHOUT_ID.fullmatch(key) else {"id": key.removeprefix(prefix)}


def _address(url: str) -> str:
    """An address without its version and scheme: proxies make ``http`` out of ``https``."""
    return url.partition("/_history/")[0].removeprefix("https://").removeprefix("http://")


class Index:
    """Looks resources up by whatever others call them."""

    def __init__(self) -> None:
        self.organizations: dict[str, OrganizationFacts] = {}
        self.places: dict[str, PlaceFacts] = {}
        self.services: dict[str, ServiceFacts] = {}
        self.practitioners: dict[str, Mapping[str, str]] = {}
        self.verifications: list[tuple[Reference, str]] = []
        """What somebody has looked at, with the day."""
        self.verified: dict[str, str] = {}
        """The last day by key of the location or organization."""
        self.services_at: dict[str, list[ServiceFacts]] = {}
        """By key of the facility."""
        self.unplaced_services = 0
        self.unresolved: Counter[str] = Counter()
        self._keys: dict[str, str] = {}
        self._with_url: set[str] = set()
        self._placed: set[str] = set()
        self._only_place_of: dict[str, str] = {}

    def register(self, key: str, type_: str, resource: Resource, full_url: str | None) -> None:
        """Let the resource be found. Of two with the same address the first is found."""
        if full_url and _address(full_url) != key:
            self._keys.setdefault(_address(full_url), key)
            if "://" in full_url:
                self._with_url.add(key)
        for each in resource.identifier:
            if each.value:
                self._keys.setdefault(f"{type_}|{each.system or ''}|{each.value}", key)

    def find[T](self, known: Mapping[str, T], type_: str, reference: Reference | None) -> str | None:
        """The key in ``known`` of what the reference means: relative, absolute, ``urn:uuid:``, conditional or by identifier."""
        if reference is None:
            return None
        if reference.reference:
            address = _address(reference.reference)
            wanted = [address, self._keys.get(address, "")]
            # An export without addresses of its own may refer to them; one with them has the resource of another server not.
            if (tail := ADDRESS.search(address)) and tail["key"] not in self._with_url:
                wanted.append(tail["key"])
            if query := CONDITION.fullmatch(address):
                wanted.append(self._keys.get(f"{type_}|{unquote(query[1])}", ""))
        elif reference.identifier:
            wanted = [self._keys.get(f"{type_}|{reference.identifier.system or ''}|{reference.identifier.value}", "")]
        else:
            wanted = []
        return next((key for key in wanted if key in known), None)

    def organization_of(self, reference: Reference | None) -> OrganizationFacts | None:
        """The organization that the reference means."""
        key = self.find(self.organizations, "Organization", reference)
        return self.organizations[key] if key else None

    def facility_at(self, key: str) -> str | None:
        """The location itself, or the nearest one around it that is a facility: the hospital of a bed."""
        return next((each for each in self._chain(key) if self.places[each].is_facility), None)

    def place_cells(self, key: str) -> Mapping[str, str]:
        """Address and position of the location, or of the nearest around it that has any: a part is where the whole is."""
        return next((cells for each in self._chain(key) if (cells := self.places[each].cells)), {})

    def _chain(self, key: str | None) -> Iterable[str]:
        for _ in range(DEEPEST):
            if key is None:
                return
            yield key
            key = self.find(self.places, "Location", self.places[key].part_of)

    def is_place(self, organization: str) -> bool:
        """Whether the organization is a facility itself: a provider with an address that no location stands for."""
        return self.organizations[organization].may_be_place and organization not in self._placed

    def facility_identifiers(self, key: str) -> dict[str, str]:
        """``id`` and ``identifiers.*`` of the facility that is this location or organization.

        Those of an organization are its location's too, where that is the only one; several facilities cannot share a number.
        """
        if key in self.organizations:
            return {**own_id(key), **self.organizations[key].identifiers}
        place = self.places[key]
        organization = self.find(self.organizations, "Organization", place.organization)
        is_only_one = organization is not None and self._only_place_of.get(organization) == key
        lent = self.organizations[organization].identifiers if organization and is_only_one else {}
        return {**own_id(key, "Location/"), **lent, **place.identifiers}

    def finish(self) -> None:
        """All resources are here: find out which organizations have locations, and where each service is given."""
        for key, place in self.places.items():
            organization = self.find(self.organizations, "Organization", place.organization)
            if organization:
                self._placed.add(organization)
                if place.is_facility:
                    # Empty where there are several.
                    self._only_place_of[organization] = "" if organization in self._only_place_of else key
            elif place.organization and place.organization.reference and not place.organization.reference.startswith("#"):
                self.unresolved["Organization"] += 1
        for service in self.services.values():
            keys = (self.find(self.places, "Location", reference) for reference in service.locations)
            facilities = dict.fromkeys(facility for key in keys if key and (facility := self.facility_at(key)))
            organization = self.find(self.organizations, "Organization", service.organization)
            if facilities and organization:
                self._placed.add(organization)
            for facility in facilities:
                self.services_at.setdefault(facility, []).append(service)
            self.unplaced_services += bool(service.locations) and not facilities
        for reference, day in self.verifications:
            key = self.find(self.places, "Location", reference) or self.find(self.organizations, "Organization", reference)
            if key:
                self.verified[key] = max(day, self.verified.get(key, ""))
        for service in self.services.values():
            if not service.locations and not self._place_by_organization(service) and not service.is_virtual:
                self.unplaced_services += 1

    def _place_by_organization(self, service: ServiceFacts) -> bool:
        """A service without locations is given where its organization is, when that can be one place only."""
        organization = self.find(self.organizations, "Organization", service.organization)
        if organization is None:
            return False
        facility = organization if self.is_place(organization) else self._only_place_of.get(organization)
        if facility:
            self.services_at.setdefault(facility, []).append(service)
        return bool(facility)
