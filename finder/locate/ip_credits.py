"""Who is to be credited for a database of network addresses, as its licence asks."""

from pathlib import Path

import maxminddb
import msgspec

from finder.errors import BadFile

__all__ = ["DBIP", "Attribution", "attribution_of", "sidecar_path", "write_attribution"]


class Attribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of credit, shown with a link wherever the database was used."""

    text: str
    link: str

    def __post_init__(self) -> None:
        # The link becomes an href: anything but the web would be a way to run a script.
        if not self.text or not self.link.startswith(("https://", "http://")):
            raise ValueError("an attribution has a text and an https link")


DBIP = Attribution("IP Geolocation by DB-IP", "https://db-ip.com")
"""As the file DBIP-LICENSE of the npm package words it (CC BY 4.0, link back on pages that use it; version 2.3.2026060513)."""

_GEOLITE = Attribution(
    "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com", "https://www.maxmind.com"
)
"""The sentence that MaxMind asks users of its free databases to show."""


def sidecar_path(database: Path) -> Path:
    """``name.attribution.json`` beside ``name.mmdb``."""
    return database.with_suffix(".attribution.json")


def write_attribution(database: Path, attribution: Attribution) -> None:
    """Write the credit beside the database, for files whose own metadata says nothing of their maker."""
    sidecar_path(database).write_bytes(msgspec.json.encode(attribution))


def attribution_of(database: Path, reader: maxminddb.Reader) -> Attribution | None:
    """The credit that the file beside the database asks for, else the one that its metadata tells of, else ``None``.

    Raises :class:`BadFile` when the file beside it cannot be read.
    """
    sidecar = sidecar_path(database)
    if sidecar.is_file():
        try:
            return msgspec.json.decode(sidecar.read_bytes(), type=Attribution)
        except (msgspec.MsgspecError, OSError) as error:
            raise BadFile(f'{sidecar.name} must hold {{"text": …, "link": "https://…"}}: mend or remove it.') from error
    metadata = reader.metadata()
    words = " ".join([metadata.database_type, *metadata.description.values()]).lower()
    if "geolite" in metadata.database_type.lower():
        return _GEOLITE
    if "dbip" in words or "db-ip" in words:
        return DBIP
    return None
