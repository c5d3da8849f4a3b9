"""CLUES: the catalogue of all health establishments of Mexico, in its 67 columns (DGIS, Secretaría de Salud).

A unit that is out of operation is a record too: so the facility closes instead of vanishing. Which words stand for which
kind of facility is in ``clues_kinds.toml`` beside this module.
"""

import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from importlib import resources

from finder.domain.facility import FacilityKind, FacilityStatus
from finder.loading.clean import is_missing
from finder.loading.fold import folded
from finder.loading.read import Row
from finder.loading.sources.register import Cells, has_columns
from finder.loading.sources.table import Entity, Record
from finder.words.folding import fold, spelled_out

__all__ = ["COLUMN_OF", "is_clues", "records"]

TELL_TALE = frozenset({"CLUES", "CLAVE DE LA INSTITUCION", "NOMBRE DE TIPOLOGIA", "NOMBRE DE LA UNIDAD", "ESTATUS DE OPERACION"})
"""Columns that no other kind of file has together; they were called so in every edition of the catalogue."""

COLUMN_OF: dict[str, str] = {
    "identifiers.clues": "CLUES",
    "name": "NOMBRE DE LA UNIDAD",
    "kind": "NOMBRE DE TIPOLOGIA",
    "status": "ESTATUS DE OPERACION",
    "lat": "LATITUD",
    "lon": "LONGITUD",
    "street": "VIALIDAD",
    "house_number": "NUMERO EXTERIOR",
    "unit": "NUMERO INTERIOR",
    "neighbourhood": "ASENTAMIENTO",
    "city": "LOCALIDAD",
    "state": "ENTIDAD",
    "postcode": "CODIGO POSTAL",
    "phone": "TELEFONO 1 DEL ESTABLECIMIENTO",
    "verified_at": "FECHA ULTIMO MOVIMIENTO",
}
"""Our field → the catalogue's column, for messages."""

NOTHING = frozenset(
    {"noespecificado", "noespecificada", "noaplica", "ninguno", "ninguna", "sinnombre", "callesinnombre", "sininformacion", "nd"}
)
"""Folded words by which the catalogue says that it says nothing, besides those of every file."""

STATUSES = {
    "enoperacion": FacilityStatus.OPEN,
    "enprocesodeconstruccion": FacilityStatus.TEMPORARILY_CLOSED,
    "obraenproceso": FacilityStatus.TEMPORARILY_CLOSED,
    "obraenprocesoopendientedeentrarenoperacion": FacilityStatus.TEMPORARILY_CLOSED,
    "pendientedeentrarenoperacion": FacilityStatus.TEMPORARILY_CLOSED,
    "fueradeoperacion": FacilityStatus.CLOSED,
    "fueradeoperaciontotaloparcial": FacilityStatus.CLOSED,
}
IN_OPERATION = "1"
"""The only key of CLAVE ESTATUS DE OPERACION whose meaning is beyond doubt; it counts where the word is missing."""

MOBILE = ("UNIDAD MOVIL TIPO", "UNIDAD MOVIL TIPOLOGIA", "UNIDAD MOVIL PROGRAMA", "UNIDAD MOVIL MARCA", "UNIDAD MOVIL MODELO")
ROADS = frozenset(
    {
        "andador",
        "autopista",
        "avenida",
        "boulevard",
        "calle",
        "callejon",
        "calzada",
        "carretera",
        "circuito",
        "libramiento",
        "periferico",
        "privada",
        "prolongacion",
    }
)
"""First words by which a street says by itself what it is."""
SETTLEMENTS = frozenset(
    {
        "barrio",
        "colonia",
        "conjunto",
        "ejido",
        "fraccionamiento",
        "poblado",
        "pueblo",
        "rancheria",
        "rancho",
        "residencial",
        "unidad",
        "zona",
    }
)
NO_TOWN = re.compile(r"\[.*\]|^\W*$|^(?:localidad )?sin nombre|^ningun[oa]\b|^km\b|^kil[oó]metro\b", re.IGNORECASE)
"""Names of INEGI's list of localities that are farms, single houses and posts on a road: ``LA PERLA [RANCHO]``, ``NINGUNO``."""
NO_DAY = frozenset({0, 1900, 9999})
"""Years that stand for an empty date."""
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")


def is_clues(header: tuple[str, ...] | list[str]) -> bool:
    """Whether a table with this header is the CLUES catalogue, in any order of its columns and with others besides."""
    return has_columns(header, TELL_TALE)


def records(row: Row) -> list[Record]:
    """The unit of the row, as one facility, whatever its state of operation."""
    cell = Cells(row, _says_nothing)
    cells = {
        "identifiers.clues": cell("CLUES"),
        "name": cell("NOMBRE COMERCIAL", "NOMBRE DE LA UNIDAD"),
        "kind": _kind(cell),
        "status": _status(cell),
        "street": _with_type(cell("TIPO DE VIALIDAD"), cell("VIALIDAD"), ROADS),
        "house_number": _number(cell("NUMERO EXTERIOR")),
        "unit": _number(cell("NUMERO INTERIOR")),
        "neighbourhood": _with_type(cell("TIPO DE ASENTAMIENTO"), cell("ASENTAMIENTO"), SETTLEMENTS),
        "city": _city(cell),
        "state": cell("ENTIDAD", "NOMBRE DE LA ENTIDAD"),
        "postcode": _number(cell("CODIGO POSTAL")),
        "country": "MX",
        "phone": ";".join(filter(None, (_phone(cell, "1"), _phone(cell, "2")))),
        "verified_at": _iso(cell("FECHA ULTIMO MOVIMIENTO")),
    } | _point(cell)
    return [Record(row.line, Entity.FACILITY, {field: text for field, text in cells.items() if text})]


@lru_cache(maxsize=16384)
def _says_nothing(text: str) -> bool:
    return is_missing(text) or folded(text) in NOTHING


def _point(cell: Cells) -> dict[str, str]:
    """Latitude and longitude; none of the two where one is 0, which stands for an unknown point and is far from Mexico."""
    lat, lon = cell("LATITUD"), cell("LONGITUD")
    return {} if _is_zero(lat) or _is_zero(lon) else {"lat": lat, "lon": lon}


def _is_zero(text: str) -> bool:
    return bool(text) and not text.strip("+-0.,")


def _number(text: str) -> str:
    return "" if _is_zero(text) else text


def _status(cell: Cells) -> str:
    """Closed where the unit has been struck off; else what the state of operation says, in its own words if they are new."""
    if _has_ended(cell):
        return FacilityStatus.CLOSED
    word = cell("ESTATUS DE OPERACION")
    if not word:
        return FacilityStatus.OPEN if cell("CLAVE ESTATUS DE OPERACION").lstrip("0") == IN_OPERATION else ""
    return STATUSES.get(folded(word), word)


def _has_ended(cell: Cells) -> bool:
    if _number(cell("MOTIVO BAJA")) or folded(cell("ULTIMO MOVIMIENTO")) == "baja":
        return True
    years = [int(digits) for digits in re.findall(r"\d{4}", cell("FECHA EFECTIVA DE BAJA"))]
    return bool(years) and not NO_DAY & set(years)


def _city(cell: Cells) -> str:
    """The locality, which is the town that people name; the municipality where the locality is no town.

    A municipality can be as large as a small country: to look a rural unit up at its seat would be off by tens of
    kilometres, so the locality is the honest answer wherever it is a name at all.
    """
    locality = cell("LOCALIDAD", "NOMBRE DE LA LOCALIDAD")
    if locality and not NO_TOWN.search(locality):
        return locality
    return cell("MUNICIPIO", "NOMBRE DEL MUNICIPIO")


def _with_type(what: str, name: str, kinds: frozenset[str]) -> str:
    """``CALLE`` and ``MORELOS`` in one, but neither ``CALLE CALLE MORELOS`` nor ``CALLE AV. REFORMA``."""
    if not name or not what or folded(what).startswith("otro"):
        return name
    first = fold(name).partition(" ")[0]
    if spelled_out(first) in kinds or spelled_out(first) == spelled_out(fold(what).partition(" ")[0]):
        return name
    return f"{what} {name}"


def _phone(cell: Cells, number: str) -> str:
    phone = _number(cell(f"TELEFONO {number} DEL ESTABLECIMIENTO"))
    extension = _number(cell(f"EXTENSION TELEFONICA {number} DEL ESTABLECIMIENTO")).removesuffix(".0")
    return f"{phone} ext. {extension}" if phone and extension.isdigit() else phone


def _iso(text: str) -> str:
    """A date of this register with slashes has its day first, as all of Mexico writes; what is no such date stays."""
    if match := DAY_FIRST.match(text):
        day, month, year = (int(group) for group in match.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return text
    return text


type Rules = tuple[tuple[str, FacilityKind], ...]


@cache
def _rules() -> dict[str, Rules]:
    """By section: each word with blanks around it, and the kind that it stands for, in the order in which they are asked."""
    text = resources.files("finder.loading.sources").joinpath("clues_kinds.toml").read_text("utf-8")
    return {
        section: tuple((f" {fold(word)} ", FacilityKind(rule["kind"])) for rule in rules for word in rule["words"])
        for section, rules in tomllib.loads(text).items()
    }


def _kind(cell: Cells) -> str:
    if any(_number(cell(column)) for column in MOBILE):
        return FacilityKind.MOBILE_UNIT
    typology = f"{cell('NOMBRE DE TIPOLOGIA')} | {cell('NOMBRE DE SUBTIPOLOGIA')}"
    name = f"{cell('NOMBRE COMERCIAL')} | {cell('NOMBRE DE LA UNIDAD')}"
    establishment = cell("NOMBRE TIPO ESTABLECIMIENTO")
    asked = (("typology", typology), ("name", name), ("otherwise", typology), ("establishment", establishment))
    return next((kind for section, text in asked if (kind := _by_words(section, text))), "")


@lru_cache(maxsize=4096)
def _by_words(section: str, text: str) -> FacilityKind | None:
    words = f" {fold(text)} "
    return next((kind for word, kind in _rules()[section] if word in words), None)
