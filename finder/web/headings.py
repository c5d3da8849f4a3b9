"""What stands above the cards: what they are, near to what, and how the page knows where the person is."""

from collections.abc import Sequence

from finder.directory import FacilityHit, PractitionerHit, Search, Sort, What
from finder.directory.known_well import SHARP_M
from finder.domain.facility import Facility
from finder.domain.position import Position, PositionSource
from finder.web.formats import MILE_M, accuracy_text, distance_text
from finder.web.language import Reader

__all__ = ["AnyHit", "emergency_heading", "far_text", "heading", "is_sharp", "near_count", "place_of", "position_note"]

type AnyHit = FacilityHit | PractitionerHit


def heading(hits: Sequence[AnyHit], more: bool, search: Search, reader: Reader, called: str = "") -> str:
    """``The 10 places nearest to Helsinki``, or ``3 results near you``; what is far for certain is not called near.

    ``called`` names the place where the position's own label would mislead.
    """
    position = search.position
    count, near = len(hits), near_count(hits, position, reader)
    where = called or _where(position, reader)
    if count and near == 0:
        distance = far_text(reader)
        return reader.text("Nothing within %(distance)s of %(where)s. The nearest we know of:", distance=distance, where=where)
    if count and where and search.sort is Sort.BEST:
        return reader.plural("%(num)d best match near %(where)s", "%(num)d best matches near %(where)s", count, where=where)
    if count and where and search.sort is Sort.TRAVEL_TIME:
        return reader.plural(
            "The %(num)d result quickest to reach from %(where)s",
            "The %(num)d results quickest to reach from %(where)s",
            count,
            where=where,
        )
    nearest = more or near < count
    if search.what is What.FACILITIES:
        return _of_places(count, where, reader, nearest=nearest)
    return _of_results(count, where, reader, nearest=nearest)


def _of_places(count: int, where: str, reader: Reader, *, nearest: bool) -> str:
    if not where:
        return reader.plural("%(num)d of the places we know", "%(num)d of the places we know", count)
    if count == 0:
        return reader.text("No places found near %(where)s", where=where)
    if nearest:
        return reader.plural(
            "The %(num)d place nearest to %(where)s", "The %(num)d places nearest to %(where)s", count, where=where
        )
    return reader.plural("%(num)d place near %(where)s", "%(num)d places near %(where)s", count, where=where)


def _of_results(count: int, where: str, reader: Reader, *, nearest: bool) -> str:
    if not where:
        return reader.plural("%(num)d of the results we know", "%(num)d of the results we know", count)
    if count == 0:
        return reader.text("Nothing found near %(where)s", where=where)
    if nearest:
        return reader.plural(
            "The %(num)d result nearest to %(where)s", "The %(num)d results nearest to %(where)s", count, where=where
        )
    return reader.plural("%(num)d result near %(where)s", "%(num)d results near %(where)s", count, where=where)


def emergency_heading(position: Position, reader: Reader, called: str = "") -> str:
    """What stands above emergency departments that come first."""
    where = called or _where(position, reader)
    if not where:
        return reader.text("Emergency departments")
    return reader.text("The emergency departments nearest to %(where)s", where=where)


def far_text(reader: Reader) -> str:
    """The distance from which on nothing is called near: ``100 km``, ``60 miles``."""
    return distance_text(_far_m(reader), reader)


def near_count(hits: Sequence[AnyHit], position: Position, reader: Reader) -> int:
    """How many hits, from the first on, may be near enough to be called near; all where nothing is known of the person."""
    if position.source is PositionSource.DEFAULT:
        return len(hits)
    far_m = _far_m(reader)
    # From the end: behind the first that is far for certain may come one whose own place is only roughly known.
    return next((at for at in range(len(hits), 0, -1) if _may_be_within(hits[at - 1], far_m)), 0)


def place_of(hit: AnyHit) -> Facility:
    """The facility of an answer, or the one at which the practitioner works."""
    return hit.facility() if isinstance(hit, FacilityHit) else hit.facility


def is_sharp(position: Position) -> bool:
    """Whether one distance is honest: a device's own fix or a small place. A network address never is."""
    if position.coarsened or position.source in {PositionSource.IP, PositionSource.DEFAULT}:
        return False
    return position.accuracy_m <= SHARP_M


def position_note(position: Position, reader: Reader) -> str:
    """How the page knows where the person is, and how wrong that may be."""
    accuracy = accuracy_text(position.accuracy_m, reader)
    match position.source:
        case PositionSource.IP:
            return reader.text("Estimated from your network address: it may be off by %(accuracy)s or more.", accuracy=accuracy)
        case PositionSource.DEFAULT:
            return _stand_in_note(position.label, reader)
        case PositionSource.GPS if position.coarsened:
            return reader.text("From your approximate area, to within %(accuracy)s. Distances are ranges.", accuracy=accuracy)
        case PositionSource.GPS | PositionSource.BEACON:
            return reader.text("From your device, accurate to about %(accuracy)s. We do not keep it.", accuracy=accuracy)
        case PositionSource.PLACE:
            if is_sharp(position):
                return ""
            return reader.text("Distances run from anywhere within %(accuracy)s of its centre.", accuracy=accuracy)


def _far_m(reader: Reader) -> float:
    return 60.0 * MILE_M if reader.miles else 100_000.0


def _may_be_within(hit: AnyHit, radius_m: float) -> bool:
    return hit.distance_min_m <= radius_m or hit.distance_min_m - (place_of(hit).position_accuracy_m or 0.0) <= radius_m


def _where(position: Position, reader: Reader) -> str:
    """How to name the position in a sentence; empty for a stand-in without a name."""
    if position.source is PositionSource.GPS:
        return reader.text("your area") if position.coarsened else reader.text("your location")
    if position.label or position.source is PositionSource.DEFAULT:
        return position.label or ""
    return reader.text("you")


def _stand_in_note(label: str | None, reader: Reader) -> str:
    if not label:
        return reader.text("We could not tell where you are, so we give no distances. Type a street, postcode or place.")
    return reader.text(
        "We could not tell where you are, so we start from the centre of %(where)s and give no distances.", where=label
    )
