"""Writes small spreadsheets, by the standards' books: .xlsx (ECMA-376), .ods (OpenDocument 1.3) and .xls (MS-XLS in MS-CFB)."""

import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
GENERAL, DAY, CLOCK, DURATION, DAY_AND_CLOCK = range(5)


class Formula(NamedTuple):
    """A formula with the result that the program kept."""

    text: str
    result: str | float


class Failed(NamedTuple):
    """A cell whose formula failed."""

    error: str


type Cell = str | float | bool | date | time | timedelta | Formula | Failed | None
type Sheet = Sequence[Sequence[Cell]]


def column_letters(number: int) -> str:
    """``A`` for 1, ``AA`` for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def serial(value: date | time | timedelta) -> float:
    """Days since Excel's beginning of time."""
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    if isinstance(value, time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001


def cell_xml(place: str, value: Cell) -> str:  # noqa: PLR0911 - one for each type
    """One ``<c>``; texts stand in the cell, as most programs other than Excel write them."""
    match value:
        case None:
            return f'<c r="{place}" s="0"/>'
        case Failed(error):
            return f'<c r="{place}" t="e"><f>A0</f><v>{error}</v></c>'
        case Formula(text, str(result)):
            return f'<c r="{place}" t="str"><f>{escape(text)}</f><v>{escape(result)}</v></c>'
        case Formula(text, result):
            return f'<c r="{place}"><f>{escape(text)}</f><v>{result!r}</v></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        case datetime():
            style = DAY_AND_CLOCK
        case date():
            style = DAY
        case time():
            style = CLOCK
        case timedelta():
            style = DURATION
    return f'<c r="{place}" s="{style}"><v>{serial(value)!r}</v></c>'


def sheet_xml(rows: Sheet, *, first_row: int = 1, first_column: int = 1, dimension: str = "", behind: str = "") -> str:
    """The XML of one sheet."""
    lines = "".join(
        f'<row r="{row}">'
        + "".join(cell_xml(f"{column_letters(column)}{row}", value) for column, value in enumerate(cells, first_column))
        + "</row>"
        for row, cells in enumerate(rows, first_row)
    )
    dimension = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f"<worksheet {MAIN}>{dimension}<sheetData>{lines}</sheetData>{behind}</worksheet>"


def write_book(
    path: Path,
    sheets: Mapping[str, str],
    *,
    hidden: frozenset[str] = frozenset(),
    strings: str = "",
    more: Mapping[str, bytes] | None = None,
) -> Path:
    """An .xlsx file of sheets that are XML already; ``strings`` are the ``<si>`` that cells with ``t="s"`` speak of."""
    book = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"'
        + (' state="hidden"' if name in hidden else "")
        + "/>"
        for number, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    relations += "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{name}" Target="{name}.xml"/>' for name in ("styles", "sharedStrings")
    )
    formats = '<numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd hh:mm"/>'
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 20, 164, 165))
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>{book}</sheets></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet {MAIN}><numFmts count="2">{formats}</numFmts><cellXfs count="5">{styles}</cellXfs></styleSheet>',
        )
        archive.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>")
        for number, xml in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", xml)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sheet], *, hidden: frozenset[str] = frozenset()) -> Path:
    """An .xlsx file with these rows in these sheets, from A1."""
    return write_book(path, {name: sheet_xml(rows) for name, rows in sheets.items()}, hidden=hidden)


ODS_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
)


def ods_rows(rows: Sequence[Sequence[str | float]]) -> str:
    """The XML of rows of texts and numbers."""
    return "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            if isinstance(cell, str)
            else f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )


def write_ods(path: Path, name: str, rows_xml: str) -> Path:
    """An .ods file of one table."""
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
            'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {ODS_NAMES}><office:body><office:spreadsheet><table:table table:name={quoteattr(name)}>"
            f"{rows_xml}</table:table></office:spreadsheet></office:body></office:document-content>",
            ZIP_DEFLATED,
        )
    return path


def write_xls(path: Path, name: str, rows: Sequence[Sequence[str | float]]) -> Path:
    """An .xls file (BIFF8) of one small sheet of texts and numbers."""
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def beginning(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0, 6))

    table = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts)
    strings = record(0x00FC, struct.pack("<II", len(texts), len(texts)) + table)
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    start = beginning(0x0005) + record(0x0042, struct.pack("<H", 1200))
    globals_length = len(start) + 4 + 6 + len(title) + len(strings) + 4
    book = start + record(0x0085, struct.pack("<IH", globals_length, 0) + title) + strings + record(0x000A)
    sheet = beginning(0x0010)
    index = 0
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet += record(0x00FD, struct.pack("<HHHI", row, column, 0, index))
                index += 1
            else:
                sheet += record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
    return write_ole2(path, {"Workbook": book + sheet + record(0x000A)})


def write_ole2(path: Path, streams: Mapping[str, bytes]) -> Path:
    """A compound file of a few streams, all in whole sectors of 512 bytes (small streams would lie elsewhere)."""
    sectors: list[bytes] = []
    fat: list[int] = []
    directory = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\x00")
        first, count = len(sectors), len(padded) // 512
        sectors += [padded[at : at + 512] for at in range(0, len(padded), 512)]
        fat += [*range(first + 1, first + count), 0xFFFFFFFE]
        directory.append((name, 2, first, len(padded)))
    entries = b""
    for number, (name, kind, first, size) in enumerate(directory):
        encoded = name.encode("utf-16-le") + b"\x00\x00"
        child = 1 if kind == 5 and len(directory) > 1 else 0xFFFFFFFF
        right = number + 1 if kind == 2 and number + 1 < len(directory) else 0xFFFFFFFF
        entries += encoded.ljust(64, b"\x00") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child)
        entries += bytes(36) + struct.pack("<IQ", first, size)
    entries = entries.ljust(-(-len(entries) // 512) * 512, b"\x00")
    directory_at = len(sectors)
    sectors += [entries[at : at + 512] for at in range(0, len(entries), 512)]
    fat += [*range(directory_at + 1, len(sectors)), 0xFFFFFFFE]
    fat_at = len(sectors)
    fat.append(0xFFFFFFFD)
    assert len(fat) <= 128, "one sector of the table must do"
    sectors.append(b"".join(struct.pack("<I", entry) for entry in fat).ljust(512, b"\xff"))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, directory_at, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", fat_at) + b"\xff" * (108 * 4)
    path.write_bytes(header + b"".join(sectors))
    return path
