"""Settings: read once from the environment, by ``cli/`` and ``app.py`` only; every other room is handed what it needs."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from platformdirs import user_data_path

from finder.errors import BadInput

__all__ = ["PREFIX", "Brand", "Settings", "settings_from_environment"]

PREFIX = "FINDER_"

type Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-fA-F]{6}$")]


class Brand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the pages look and who answers for them."""

    name_en: str = "Care Finder"
    name_es: str = "Buscador de atención"
    colour: Colour = "#0b4f5c"
    """Background of the header and colour of the pins, as ``#rrggbb``; white text must be readable on it."""
    accent: Colour = "#00783c"
    """Background of the main button, as ``#rrggbb``; white text must be readable on it."""
    logo_path: Path | None = None
    """An SVG or PNG file of the operator's; without it the finder's own pin is shown."""
    contact: str = ""
    """An e-mail address, a phone number or an https address, shown in the footer."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator can set. The variable of a field is its name in capitals after ``FINDER_``.

    ``docs/settings.md`` lists them; a test keeps the two equal.
    """

    data_dir: Path = msgspec.field(default_factory=lambda: user_data_path("finder", appauthor=False))
    """Everything that the finder writes: the store, snapshots, regions, places, databases of addresses."""
    database_url: str = ""
    """Empty: the SQLite file in ``data_dir``."""
    default_region: str = ""
    """The region whose centre stands in for a person whose address tells nothing. Empty: the first by name."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For and Forwarded entries are believed."""
    allowed_hosts: tuple[str, ...] = ("*",)
    """Host names that the site answers to; ``*`` for any."""
    default_language: Literal["en", "es"] = "en"
    """For a person whose browser names neither English nor Spanish."""
    brand: Brand = Brand()

    def __post_init__(self) -> None:
        _ = self.trusted_networks  # refused here, at the start, and not at the first request

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``trusted_proxies`` as networks."""
        return tuple(ip_network(text) for text in self.trusted_proxies)

    @property
    def store_url(self) -> str:
        """The SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'finder.sqlite'}"

    @property
    def snapshots_dir(self) -> Path:
        """Published snapshots, one folder each."""
        return self.data_dir / "snapshots"

    @property
    def regions_dir(self) -> Path:
        """Region packs, one folder each."""
        return self.data_dir / "regions"

    @property
    def places_dir(self) -> Path:
        """Place-name files that an operator added."""
        return self.data_dir / "places"

    @property
    def ip_dir(self) -> Path:
        """Databases of network addresses (MMDB)."""
        return self.data_dir / "ip"


def settings_from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings as the ``FINDER_*`` variables say, with the defaults for what they leave out.

    Lists are separated by commas. Raises :class:`BadInput` for a variable that is unknown or cannot be read, naming it.
    """
    given: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX) and value
    }
    given["brand"] = {name.removeprefix("brand_"): given.pop(name) for name in list(given) if name.startswith("brand_")}
    for name in ("trusted_proxies", "allowed_hosts"):
        if name in given:
            given[name] = [word.strip() for word in given[name].split(",") if word.strip()]
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise BadInput(f"A {PREFIX}* setting cannot be used: {error}. docs/settings.md lists them all.") from error


def _decode(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value).expanduser().resolve()
    raise NotImplementedError(kind)
