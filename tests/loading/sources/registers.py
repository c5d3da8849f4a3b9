"""Files as the registers publish them, made up: every unit, provider and person is fictional.

The headers are the registers' own (``tests/cases/*_header.txt``). Phones are from 555-0100 to 555-0199, which the North
American Numbering Plan keeps for fiction. The same seed gives the same file on every machine.
"""

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from finder.loading.read import Row

CASES = Path(__file__).parents[2] / "cases"

type Cells = dict[str, str]


def _header(name: str) -> tuple[str, ...]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file)))


CLUES_HEADER = _header("clues_header.txt")
NPPES_HEADER = _header("nppes_header.txt")


def clues_cells(cells: Cells) -> Cells:
    """One row of the CLUES catalogue, empty but for ``cells``."""
    return _cells(CLUES_HEADER, cells)


def nppes_cells(cells: Cells) -> Cells:
    """One row of an npidata file, empty but for ``cells``."""
    return _cells(NPPES_HEADER, cells)


def _cells(header: Sequence[str], cells: Cells) -> Cells:
    if unknown := set(cells) - set(header):
        raise KeyError(f"no such columns: {unknown}")
    return dict.fromkeys(header, "") | cells


def clues_units(count: int, seed: int = 1) -> Iterator[Cells]:
    """Units of Baja California of all kinds and in all states of operation, near their town's true centre."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    towns = (("TIJUANA", 32.52, -117.02), ("ENSENADA", 31.86, -116.61), ("MEXICALI", 32.62, -115.45), ("TECATE", 32.56, -116.63))
    sorts = (
        ("DE CONSULTA EXTERNA", "URBANO DE 03 NÚCLEOS BÁSICOS", ""),
        ("DE CONSULTA EXTERNA", "RURAL DE 01 NÚCLEO BÁSICO", ""),
        ("DE CONSULTA EXTERNA", "UNIDAD MÓVIL", "UNIDAD MÓVIL TIPO II"),
        ("DE CONSULTA EXTERNA", "UNIDAD DE ESPECIALIDADES MÉDICAS (UNEMES)", "UNEME CAPA"),
        ("DE HOSPITALIZACIÓN", "HOSPITAL GENERAL", "NO ESPECIFICADO"),
        ("DE APOYO", "LABORATORIO", "LABORATORIO CLÍNICO"),
        ("DE ASISTENCIA SOCIAL", "CASA HOGAR", ""),
    )
    statuses = ("EN OPERACION", "EN OPERACION", "EN OPERACION", "PENDIENTE DE ENTRAR EN OPERACION", "FUERA DE OPERACION")
    for number in range(count):
        town, lat, lon = chance.choice(towns)
        establishment, typology, subtypology = chance.choice(sorts)
        status = chance.choice(statuses)
        ended = status == "FUERA DE OPERACION"
        yield clues_cells(
            {
                "CLUES": f"BCFIC{number:06d}",
                "CLAVE DE LA INSTITUCION": "FIC",
                "NOMBRE DE LA INSTITUCION": "INSTITUTO FICTICIO",
                "CLAVE DE LA ENTIDAD": "02",
                "ENTIDAD": "BAJA CALIFORNIA",
                "MUNICIPIO": town,
                "LOCALIDAD": town,
                "NOMBRE TIPO ESTABLECIMIENTO": establishment,
                "NOMBRE DE TIPOLOGIA": typology,
                "NOMBRE DE SUBTIPOLOGIA": subtypology,
                "NOMBRE DE LA UNIDAD": f"UNIDAD FICTICIA NÚMERO {number}",
                "NOMBRE COMERCIAL": chance.choice(("", "NO ESPECIFICADO", f"CASA IMAGINARIA {number}")),
                "TIPO DE VIALIDAD": "CALLE",
                "VIALIDAD": chance.choice(("DE LA FÁBULA", "CALLE DEL CUENTO", "AV. QUIMERA")),
                "NUMERO EXTERIOR": str(1 + number % 900),
                "NUMERO INTERIOR": chance.choice(("", "0", "B")),
                "TIPO DE ASENTAMIENTO": "COLONIA",
                "ASENTAMIENTO": "COLONIA INVENTADA",
                "CODIGO POSTAL": f"22{number % 1000:03d}",
                "CLAVE ESTATUS DE OPERACION": "1" if status == "EN OPERACION" else "",
                "ESTATUS DE OPERACION": status,
                "TELEFONO 1 DEL ESTABLECIMIENTO": f"664555{100 + number % 100:04d}",
                "EXTENSION TELEFONICA 1 DEL ESTABLECIMIENTO": chance.choice(("", "12")),
                "LATITUD": f"{lat + chance.uniform(-0.02, 0.02):.6f}",
                "LONGITUD": f"{lon + chance.uniform(-0.02, 0.02):.6f}",
                "FECHA ULTIMO MOVIMIENTO": "2025-06-30",
                "MOTIVO BAJA": "CIERRE DEFINITIVO" if ended else "",
                "FECHA EFECTIVA DE BAJA": "2024-01-31" if ended else "",
            }
        )


def npi(number: int) -> str:
    """The ``number``-th fictional NPI, with the one last digit that makes it add up (tried out, not worked out)."""
    first = f"1{number:08d}"
    return next(first + last for last in "0123456789" if _luhn("80840" + first + last))


def _luhn(digits: str) -> bool:
    doubled = "0246813579"
    return sum(int(doubled[int(d)]) if place % 2 else int(d) for place, d in enumerate(reversed(digits))) % 10 == 0


def nppes_providers(count: int, seed: int = 1) -> Iterator[Cells]:
    """People and organisations of San Diego; every twentieth number is deactivated, with nothing else said of it."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    practice = "Provider Business Practice Location Address"
    for number in range(count):
        if number % 20 == 19:
            yield nppes_cells({"NPI": npi(number), "NPI Deactivation Date": "03/31/2020", "NPI Deactivation Reason Code": ""})
            continue
        is_person = chance.random() < 0.6
        codes = chance.sample(
            ["207Q00000X", "208D00000X", "363L00000X"] if is_person else ["282N00000X", "261QP2300X", "3336C0003X"], 2
        )
        cells = {
            "NPI": npi(number),
            "Entity Type Code": "1" if is_person else "2",
            "Provider First Line Business Practice Location Address": f"{100 + number} FABLE ST",
            "Provider Second Line Business Practice Location Address": chance.choice(("", "STE 4")),
            f"{practice} City Name": "SAN DIEGO",
            f"{practice} State Name": "CA",
            f"{practice} Postal Code": "921031234",
            f"{practice} Country Code (If outside U.S.)": "US",
            f"{practice} Telephone Number": f"619555{100 + number % 100:04d}",
            "Provider Enumeration Date": "05/23/2005",
            "Last Update Date": "07/08/2023",
            "Healthcare Provider Taxonomy Code_1": codes[0],
            "Healthcare Provider Primary Taxonomy Switch_1": "N",
            "Healthcare Provider Taxonomy Code_2": codes[1],
            "Healthcare Provider Primary Taxonomy Switch_2": "Y",
        }
        if is_person:
            cells |= {
                "Provider Last Name (Legal Name)": chance.choice(("FICTIONAL", "MAKEBELIEVE")),
                "Provider First Name": chance.choice(("ALEX", "SAM")),
                "Provider Middle Name": chance.choice(("", "Q")),
                "Provider Credential Text": "M.D.",
                "Provider Gender Code": chance.choice("MFXU"),
            }
        else:
            cells |= {"Provider Organization Name (Legal Business Name)": f"MAKE-BELIEVE CARE {number} LLC"}
        yield nppes_cells(cells)


def write(path: Path, rows: Iterable[Cells], *, shuffle_seed: int | None = None) -> Path:
    """Write rows as a CSV with every cell in quotes, as the registers do; with a ``shuffle_seed`` in another order of columns."""
    rows = list(rows)
    header = list(rows[0])
    if shuffle_seed is not None:
        random.Random(shuffle_seed).shuffle(header)  # noqa: S311 - no secret
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_clues(path: Path, units: int, *, seed: int = 1, shuffle_seed: int | None = None) -> Path:
    """Write a CLUES catalogue of so many units."""
    return write(path, clues_units(units, seed), shuffle_seed=shuffle_seed)


def write_nppes(path: Path, providers: int, *, seed: int = 1, shuffle_seed: int | None = None) -> Path:
    """Write an npidata file of so many providers."""
    return write(path, nppes_providers(providers, seed), shuffle_seed=shuffle_seed)


def rows_of_file(path: Path) -> list[Row]:
    """The rows of a file, as the standard library reads them."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(line, {name: text.strip() for name, text in cells.items()}) for line, cells in enumerate(csv.DictReader(file), 2)
        ]
