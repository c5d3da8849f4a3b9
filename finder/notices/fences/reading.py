"""An admin's file of fences, as CSV or GeoJSON: each row or feature is a fence, or a list of what is wrong with it.

The columns of a CSV file, and the properties of a feature, are:

===================== ==================================================================================================
``facility``          id of the facility; needed
``name``              needed
``triggers``          ``enter; dwell 10 min; approach 5 min; exit; wrong entrance``; needed. A feature may have a list
``text_en``, ``_es``  what people are told, or ``text_en_enter``, ``text_es_dwell`` … for one trigger; other languages alike
``id``                1 to 64 letters and digits; a random one where there is none. A fence of the same id is changed
``shape``             ``circle``, ``outline``, or ``building``: the facility's own outline. Without it: by what else is given
``lat``, ``lon``      middle of a circle, with ``radius_m``
``wkt``, ``geojson``  the geometry (of a feature, its own): a Polygon, a MultiPolygon, or a Point with ``radius_m``
``level``             floor of an outline that is a zone indoors: who is told there states that very floor
``windows``           when it listens, and ``quiet_hours`` when it says nothing: opening hours of OpenStreetMap
``once_per_visit``    yes (so without it) or no
``most_per_day``      1 to 20 notices to one person; 3 without it
``false_event_limit`` 0 to 0.05; 0.01 without it
``expires_on``        the last day, as 2027-12-31
===================== ==================================================================================================

Other columns are kept with the fence (``extras``). No problem that is told repeats a cell: it might be a coordinate.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from finder.domain.fence import HIGHEST_LEVEL, LOWEST_LEVEL, MOST_FALSE, Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadInput, NotFound
from finder.notices.fences.checked import problems
from finder.notices.fences.sites import Sites
from finder.notices.fences.tables import RawRow, RowProblem
from finder.notices.geometry import circle_of, shape_of_geojson, shape_of_wkt
from finder.notices.law import Site
from finder.store.apps import new_id

__all__ = ["ReadFence", "RowProblem", "fences_of_rows", "trigger_text"]

_TRIGGER: Final = re.compile(
    r"(enter|dwell|approach|exit|wrong[ _]entrance)(?:\s+(\d{1,5}(?:\.\d{1,3})?)\s*(s|sec|seconds?|min|minutes?|h|hours?))?"
)
_UNITS_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_YES_NO: Final = {"yes": True, "true": True, "1": True, "sí": True, "si": True, "no": False, "false": False, "0": False}
_SHAPES: Final = ("", "circle", "outline", "building")
_BOTH: Final = "Give a circle (lat, lon, radius_m) or an outline, not both: take one of them out."
_SAME_DEG: Final = 1e-6
"""So near two ways of writing one point are; a tenth of a metre."""
_NO_OUTLINE: Final = "No outline of this facility is known: give one as wkt or geojson, or a circle by lat, lon and radius_m."


def trigger_text(trigger: Trigger, time_s: float | None) -> str:
    """Return what is listened for as the column ``triggers`` has it."""
    name = trigger.replace("_", " ")
    if time_s is None:
        return name
    return f"{name} {time_s:.10g} s" if time_s % 60.0 else f"{name} {time_s / 60.0:.10g} min"


class ReadFence(msgspec.Struct, frozen=True):
    """A fence that a row gave, a draft of the tenant, and the site of its facility."""

    row: int
    fence: Fence
    site: Site


def fences_of_rows(
    rows: Iterable[RawRow | RowProblem], tenant: str, sites: Sites, at: datetime
) -> Iterator[ReadFence | RowProblem]:
    """Yield a fence, or all that is wrong, for each row of a file (:func:`rows_in`). Whether a fence is lawful is not asked."""
    seen: dict[str, int] = {}
    for raw in rows:
        if isinstance(raw, RowProblem):
            yield raw
            continue
        row = _Row(raw)
        found = row.fence(tenant, sites)
        if found is not None:
            row.wrong += [RowProblem(raw.number, field, text) for field, text in problems(found.fence, found.site.facility, at)]
            first = seen.setdefault(found.fence.id, raw.number)
            if first != raw.number:
                row.refuse("id", f"Row {first} has the same id: give each fence its own.")
        if row.wrong or found is None:
            yield from row.wrong
        else:
            yield found


class _Row:
    """One row while it is read; ``wrong`` gathers what is wrong with it."""

    def __init__(self, raw: RawRow) -> None:
        self._raw, self._cells = raw, raw.cells
        self.wrong: list[RowProblem] = []

    def refuse(self, column: str, text: str) -> None:
        """Note a problem."""
        self.wrong.append(RowProblem(self._raw.number, column, text))

    def fence(self, tenant: str, sites: Sites) -> ReadFence | None:
        """Return the fence; ``None`` where something is wrong that leaves no fence."""
        site = self._site(sites)
        shape = self._shape(site)
        if isinstance(shape, Circle) and self._cells.get("level"):
            self.refuse("level", "A zone on a floor needs an outline, or shape building: leave this empty for a circle.")
        wishes = self._wishes()
        numbers = {
            "once_per_visit": self._yes_no("once_per_visit"),
            "most_per_day": self._whole("most_per_day", 1, 20),
            "false_event_limit": self._number("false_event_limit", 0.0, MOST_FALSE),
            "expires_on": self._day("expires_on"),
        }
        if self.wrong or site is None or shape is None:
            return None
        fence = Fence(
            id=self._cells.get("id") or new_id(),
            tenant=tenant,
            facility_id=site.facility.id,
            name=self._cells.get("name", ""),
            shape=shape,
            wishes=wishes,
            windows=self._cells.get("windows", ""),
            quiet_hours=self._cells.get("quiet_hours", ""),
            extras=self._raw.extras,
        )
        said = {name: value for name, value in numbers.items() if value is not None}
        return ReadFence(self._raw.number, msgspec.structs.replace(fence, **said), site)

    def _site(self, sites: Sites) -> Site | None:
        facility_id = self._cells.get("facility", "")
        if not facility_id:
            self.refuse("facility", "Give the id of the facility, as a search shows it.")
            return None
        try:
            return sites.site(facility_id)
        except NotFound:
            self.refuse("facility", "No facility of this id is in service: take it from a search.")
            return None

    def _shape(self, site: Site | None) -> Circle | Outline | None:
        kind = self._cells.get("shape", "").lower()
        if kind not in _SHAPES:
            self.refuse("shape", "Say circle, outline or building.")
            return None
        level = self._number("level", LOWEST_LEVEL, HIGHEST_LEVEL)
        given = [column for column in ("wkt", "geojson") if self._cells.get(column)]
        given += ["geometry"] if self._raw.geometry is not None else []
        if self._is_given_twice(kind, given):
            return None
        if kind == "building":
            if site is not None and site.perimeter is None:
                self.refuse("shape", _NO_OUTLINE)
            perimeter = site.perimeter if site is not None else None
            return perimeter if perimeter is None or level is None else msgspec.structs.replace(perimeter, level=level)
        shape = self._given_shape(given[0] if given else "", level)
        if shape is not None and kind and kind != ("circle" if isinstance(shape, Circle) else "outline"):
            self.refuse("shape", f"What is given is no {kind}: correct it, or leave this empty.")
            return None
        if isinstance(shape, Outline) and self._cells.get("radius_m"):
            self.refuse("shape", _BOTH)
            return None
        return shape

    def _is_given_twice(self, kind: str, given: Sequence[str]) -> bool:
        """Whether more than one shape is given, which is refused: which of them is meant nobody can tell."""
        if len(given) > 1 or (given and kind == "building"):
            self.refuse(given[-1], "The shape is given twice: leave one out.")
            return True
        # A Point has radius_m beside it, and nothing else of a circle.
        of_circle = ("lat", "lon", "radius_m") if kind == "building" else ("lat", "lon") if given else ()
        if given == ["geometry"] and self._is_same_point():
            return False
        if any(self._cells.get(column) for column in of_circle):
            self.refuse("shape", _BOTH)
            return True
        return False

    def _is_same_point(self) -> bool:
        """Whether lat and lon say again what a feature's Point says, as many programs write it."""
        try:
            lon, lat = map(float, self._raw.geometry["coordinates"][:2])
            said = float(self._cells["lon"]), float(self._cells["lat"])
        except (KeyError, TypeError, ValueError):
            return False
        return self._raw.geometry["type"] == "Point" and max(abs(said[0] - lon), abs(said[1] - lat)) <= _SAME_DEG

    def _given_shape(self, column: str, level: float | None) -> Circle | Outline | None:
        radius_m = self._number("radius_m", 1.0, 20_000.0)
        match column:
            case "wkt":
                return self._tried(column, lambda: shape_of_wkt(self._cells["wkt"], radius_m, level=level))
            case "geojson":
                return self._tried(column, lambda: shape_of_geojson(_decoded(self._cells["geojson"]), radius_m, level=level))
            case "geometry":
                return self._tried(column, lambda: shape_of_geojson(self._raw.geometry, radius_m, level=level))
            case _:
                lat, lon = self._number("lat", -90.0, 90.0), self._number("lon", -180.0, 180.0)
                if self.wrong:
                    return None
                if lat is None or lon is None or radius_m is None:
                    self.refuse("shape", "Give lat, lon and radius_m of a circle, or an outline, or shape building.")
                    return None
                return self._tried("lat", lambda: circle_of(lon, lat, radius_m))

    def _tried[S](self, column: str, read: Callable[[], S]) -> S | None:
        try:
            return read()
        except BadInput as error:
            self.refuse(column, str(error))
            return None

    def _wishes(self) -> tuple[Wish, ...]:
        wishes: list[Wish] = []
        for number, said in enumerate(filter(None, map(str.strip, self._cells.get("triggers", "").split(";"))), start=1):
            found = _TRIGGER.fullmatch(said.lower())
            if found is None:
                self.refuse("triggers", f"Number {number} is none of: enter; dwell 10 min; approach 5 min; exit; wrong entrance.")
                continue
            trigger = Trigger(found[1].replace(" ", "_"))
            time_s = None if found[2] is None else float(found[2]) * _UNITS_S[found[3][0]]
            if time_s is not None and trigger not in {Trigger.DWELL, Trigger.APPROACH}:
                self.refuse("triggers", f"Number {number} has a time, which only dwell and approach have: take it out.")
            wishes.append(
                Wish(
                    trigger=trigger,
                    texts=self._texts(trigger),
                    dwell_s=time_s if trigger is Trigger.DWELL else None,
                    eta_s=time_s if trigger is Trigger.APPROACH else None,
                )
            )
        return tuple(wishes)

    def _texts(self, trigger: Trigger) -> dict[str, str]:
        texts = self._raw.texts
        return {
            language: text
            for language, by_trigger in texts.items()
            if (text := by_trigger.get(trigger) or by_trigger.get("") or "")
        }

    def _number(self, column: str, least: float, most: float) -> float | None:
        said = self._cells.get(column, "")
        if not said:
            return None
        try:
            number = float(said)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            swapped = " Are lat and lon swapped?" if column == "lat" and abs(number) <= 180.0 else ""
            limits = f"It must be a number from {least:g} to {most:g}; a decimal comma is none."
            self.refuse(column, limits + swapped)
            return None
        return number

    def _whole(self, column: str, least: int, most: int) -> int | None:
        number = self._number(column, least, most)
        if number is not None and not number.is_integer():
            self.refuse(column, f"It must be a whole number from {least} to {most}.")
            return None
        return None if number is None else int(number)

    def _yes_no(self, column: str) -> bool | None:
        said = self._cells.get(column, "").lower()
        if said and said not in _YES_NO:
            self.refuse(column, "Say yes or no.")
        return _YES_NO.get(said)

    def _day(self, column: str) -> date | None:
        said = self._cells.get(column, "")
        try:
            return date.fromisoformat(said) if said else None
        except ValueError:
            self.refuse(column, "Write the day as 2027-12-31.")
            return None


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("It is no JSON: give a geometry of GeoJSON.") from error
