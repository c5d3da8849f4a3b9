"""A place that a person saves, and as the start of a search or a way: exact with consent, blurred to a cell without."""

from typing import Never, final, override

from finder.domain.consent import ForSearch, Subject, WithPosition
from finder.domain.position import PositionFor, PositionSource
from finder.domain.rights import SealedPlace
from finder.geo.points import checked_lon_lat
from finder.privacy.coarsen import coarsened
from finder.privacy.grants import Grant
from finder.privacy.places import PlaceSaid, opened_place
from finder.privacy.sealing import PersonKey

__all__ = ["SavedPlace", "place_to_save"]


@final
class SavedPlace:
    """A sealed place with the key of its person.

    It does not tell where it is: :meth:`precise`, which takes a grant, and :meth:`blurred` are the ways to a position. Both
    raise :class:`Damaged` for a place that the key does not open.
    """

    __slots__ = ("_key", "_place", "_subject")

    def __init__(self, place: SealedPlace, key: PersonKey, subject: Subject) -> None:
        self._place = place
        self._key = key
        self._subject = subject

    @override
    def __repr__(self) -> str:
        return "SavedPlace(…)"

    def precise[P: WithPosition](self, grant: Grant[P]) -> PositionFor[P]:
        """The place as it was saved, for the purpose that the person agreed to, called as the person calls it.

        Raises :class:`TypeError` for what is no grant, or one for a purpose that no position is needed for.
        """
        # For code that the type checker has not seen.
        if type(grant) is not Grant or not issubclass(grant.purpose, WithPosition):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("An exact position needs a grant for a purpose that uses positions.")
        said = self._opened()
        return PositionFor(
            lon_lat=checked_lon_lat(said.lon, said.lat),
            accuracy_m=said.accuracy_m,
            source=PositionSource.PLACE,
            label=said.name,
        )

    def blurred(self) -> PositionFor[Never]:
        """The centre of the H3 cell of resolution 7 that holds the place: needs no consent, fits every purpose, has no name."""
        said = self._opened()
        centre, radius_m = coarsened(checked_lon_lat(said.lon, said.lat))
        return PositionFor(lon_lat=centre, accuracy_m=radius_m + said.accuracy_m, source=PositionSource.PLACE, coarsened=True)

    def _opened(self) -> PlaceSaid:
        return opened_place(self._place.sealed, self._key, self._subject)


def place_to_save(position: PositionFor[ForSearch], *, name: str) -> PlaceSaid:
    """What is saved of a position under a name: of one that a device measured only with a grant, of a named place without.

    It is the one maker, so nothing exact is kept of who has not agreed to searches from exact positions.
    """
    point = position.lon_lat
    return PlaceSaid(name=name, label=position.label, lat=point.lat, lon=point.lon, accuracy_m=position.accuracy_m)
