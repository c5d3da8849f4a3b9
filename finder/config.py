"""Settings: read once from the environment, by ``cli/`` and ``app.py`` only; every other room is handed what it needs."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from platformdirs import user_data_path

from finder.errors import BadInput

__all__ = ["PREFIX", "Brand", "Settings", "settings_from_environment"]

PREFIX = "FINDER_"
LISTS = ("trusted_proxies", "allowed_hosts", "osrm_profiles", "outgoing_networks", "push_networks")
_PROFILE = re.compile(r"(car|foot|bicycle)=[A-Za-z0-9_-]+")

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
    upload_limit_mib: Annotated[int, msgspec.Meta(ge=1, le=8192)] = 512
    """How large a file an admin may send over HTTP, in MiB."""
    web_log_days: Annotated[int, msgspec.Meta(ge=0, le=14)] = 14
    """How long the log of visits is kept, as the privacy policy says at most; 0: none is written."""
    default_language: Literal["en", "es"] = "en"
    """For a person whose browser names neither English nor Spanish."""
    roads_url: str = ""
    """A road engine's server: ``valhalla+http://…`` or ``osrm+http://…``. Empty: the roads of the regions, in this process."""
    osrm_profiles: tuple[str, ...] = ("car=driving",)
    """Which modes an OSRM server has, each with the name of its profile in the server's addresses."""
    border_ports: Path | None = None
    """A TOML file of ports of entry that is used in place of the finder's own; see ``docs/borders.md``."""
    border_waits: str = ""
    """A JSON file, or an http(s) address, that tells how long people wait at borders; see ``docs/borders.md``."""
    site_url: str = ""
    """The https address at which people reach the site, for the link in letters. Empty: letters hold none."""
    outgoing_networks: tuple[str, ...] = ()
    """Networks of the operator's own that may be called besides the public Internet, by plain http too: by webhooks that the
    operator entered, and for short messages."""
    push_networks: tuple[str, ...] = ()
    """The same for Web Push, of which anybody's browser names the address: for tests and closed installations only."""
    messages_per_hour: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 200
    """How many letters and short messages go out within an hour, to all people together."""
    smtp_url: str = ""
    """The mail server: ``smtps://USER:PASSWORD@HOST`` or ``smtp://…``. Empty: nobody is told by e-mail."""
    mail_from: str = ""
    """Whom letters are from."""
    sms_url: str = ""
    """The HTTP gateway of short messages. Empty: nobody is told by one."""
    sms_body: str = '{"to": "{to}", "text": "{text}"}'
    """The JSON that the gateway is sent, with ``{to}`` and ``{text}``."""
    sms_authorization: str = ""
    """The ``Authorization`` header for the gateway."""
    brand: Brand = Brand()

    def __post_init__(self) -> None:
        scheme, separator, _ = self.border_waits.partition("://")
        if separator and scheme not in {"http", "https"}:
            raise ValueError(f"{PREFIX}BORDER_WAITS must name a file, or an address that begins with http:// or https://")
        if self.roads_url and not _is_roads_url(self.roads_url):
            raise ValueError(
                f"{PREFIX}ROADS_URL must be valhalla+http://HOST or osrm+http://HOST (or https), with the port if it needs one"
            )
        if not all(map(_PROFILE.fullmatch, self.osrm_profiles)) or len(self.osrm_modes) < len(self.osrm_profiles):
            raise ValueError(
                f"{PREFIX}OSRM_PROFILES must be modes with their profiles, such as car=driving,foot=walking; the modes are car, "
                "foot and bicycle, each once"
            )
        self._check_outgoing()
        for field in ("trusted_proxies", "outgoing_networks", "push_networks"):
            try:
                _networks(getattr(self, field))  # refused here, at the start, and not at the first request
            except ValueError as error:
                raise ValueError(f"{error} (in {PREFIX}{field.upper()})") from error

    def _check_outgoing(self) -> None:
        if self.site_url and not _is_url(self.site_url, {"https", "http"}):
            raise ValueError(f"{PREFIX}SITE_URL must be the site's address, such as https://care.example")
        if self.smtp_url and not (_is_url(self.smtp_url, {"smtp", "smtps"}) and "@" in self.mail_from):
            raise ValueError(
                f"{PREFIX}SMTP_URL must be smtps://USER:PASSWORD@HOST or smtp://HOST, and {PREFIX}MAIL_FROM a mailbox"
            )
        if self.sms_url and not (
            _is_url(self.sms_url, {"https", "http"}) and "{to}" in self.sms_body and "{text}" in self.sms_body
        ):
            raise ValueError(f"{PREFIX}SMS_URL must be an https address, and {PREFIX}SMS_BODY a JSON with {{to}} and {{text}}")

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``trusted_proxies`` as networks."""
        return _networks(self.trusted_proxies)

    @property
    def reachable_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``outgoing_networks`` as networks."""
        return _networks(self.outgoing_networks)

    @property
    def networks_of_browsers(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``push_networks`` as networks."""
        return _networks(self.push_networks)

    @property
    def osrm_modes(self) -> dict[str, str]:
        """The profile's name by mode."""
        return dict(text.split("=", 1) for text in self.osrm_profiles)

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
    def golden_searches(self) -> Path:
        """The operator's searches that a preview compares, if there are any."""
        return self.data_dir / "golden_searches.toml"

    @property
    def web_log_dir(self) -> Path:
        """The log of visits, a file a day."""
        return self.data_dir / "logs"

    @property
    def uploads_dir(self) -> Path:
        """Files that admins sent over HTTP, for some days."""
        return self.data_dir / "uploads"

    @property
    def revisions_path(self) -> Path:
        """By it the processes of this machine know that somebody's consents have changed."""
        return self.data_dir / "consents.revisions"

    @property
    def keys_dir(self) -> Path:
        """The finder's own keys, which nobody else may read."""
        return self.data_dir / "keys"

    @property
    def ip_dir(self) -> Path:
        """Databases of network addresses (MMDB)."""
        return self.data_dir / "ip"


def settings_from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings as the ``FINDER_*`` variables say, with the defaults for what they leave out.

    Lists are separated by commas. Raises :class:`BadInput` for a variable that is unknown or cannot be read, naming it.
    """
    given: dict[str, Any] = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    known = _variables()
    for name in given:
        if name not in known:
            meant = get_close_matches(name, known, n=1)
            hint = f" Did you mean {meant[0]}?" if meant else ""
            raise BadInput(f"{name} is no setting.{hint} docs/settings.md lists them all.")
    values: dict[str, Any] = {"brand": {}}
    for name, text in given.items():
        group, field = known[name]
        value = [word.strip() for word in text.split(",") if word.strip()] if field in LISTS else text
        (values["brand"] if group is Brand else values)[field] = value
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        variable = next((name for name, (_, known_field) in known.items() if name in given and field.endswith(known_field)), "")
        what = str(error).partition(" - at ")[0]
        raise BadInput(f"{variable or f'A {PREFIX}* setting'} cannot be used: {what}. See docs/settings.md.") from error


def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


def _is_url(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # refuses one that is none
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not any(map(str.isspace, text))


def _is_roads_url(text: str) -> bool:
    kind, _, address = text.partition("+")
    try:
        parts = urlsplit(address)
        _ = parts.port  # refuses one that is none
    except ValueError:
        return False
    known = kind in {"valhalla", "osrm"} and parts.scheme in {"http", "https"}
    return known and bool(parts.hostname) and not any(map(str.isspace, text))


def _variables() -> dict[str, tuple[type[msgspec.Struct], str]]:
    """Every variable with the struct and the field that it sets."""
    groups: tuple[tuple[str, type[msgspec.Struct]], ...] = ((PREFIX, Settings), (f"{PREFIX}BRAND_", Brand))
    return {
        f"{prefix}{field.upper()}": (group, field)
        for prefix, group in groups
        for field in group.__struct_fields__
        if field != "brand"
    }


def _decode(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value).expanduser().resolve()
    raise NotImplementedError(kind)
