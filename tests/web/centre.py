"""The pages over a real store, with the desks behind them, as a browser without JavaScript uses them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from litestar.testing import TestClient

from finder.directory import Directory
from finder.domain.admin import Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Purpose, Via
from finder.http.persons import SESSION_COOKIE
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.receipts import ReceiptKey
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person
from finder.store.apps import AppStore, entering, new_id
from tests.consenting import ledger_in

from .town import services, site
from .ways import TwoStreets

NOW = datetime.now(UTC)


@dataclass
class Centre:
    """The pages with the desks behind them."""

    client: TestClient[Any]
    consents: ConsentDesk
    rights: RightsDesk
    apps: AppStore
    ledger: Any

    def enter(self, person: Person) -> None:
        """Let the browser hold the person's key."""
        self.client.cookies.set(SESSION_COOKIE, person.token)

    def agree(self, person: Person, purpose: Purpose) -> None:
        self.consents.say_yes(person.subject, purpose, version=CURRENT_POLICY, language="en", via=Via.WEB)

    def let_in(self, person: Person) -> str:
        """Let an app in, as the consent page does it; the id of the grant."""
        app = App(
            id=new_id(), name="Pill <Box>", homepage="https://pills.example", contact="a@pills.example",
            redirect_uris=("https://pills.example/back",), scopes=tuple(AppScope), created_at=NOW,
        )  # fmt: skip
        self.apps.add(app, by=Actor(name="test", key_id=None))
        grant = AppGrant(
            id=new_id(), subject=person.subject, app_id=app.id, scopes=(AppScope.PLACES_READ,), granted_at=NOW,
            expires_at=NOW + timedelta(days=90), consent_seq=0, receipt="a.signed.receipt",
        )  # fmt: skip
        code = AppToken(
            secret_sha256="0" * 64, grant_id=grant.id, kind=TokenKind.CODE, scopes=grant.scopes,
            expires_at=NOW + timedelta(minutes=10), wrapped_key=b"", code_challenge="", redirect_uri="",
        )  # fmt: skip
        self.consents.say_yes(
            person.subject, Purpose.DISCLOSURE, version=CURRENT_POLICY, language="en", via=Via.WEB,
            beside=entering(grant, code, since=0),
        )  # fmt: skip
        return grant.id

    def page(self, path: str = "/privacy", **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> Any:
        """What a browser sends for a form, one without fields too."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        content = urlencode(data or {})
        return self.client.post(path, content=content, headers=headers, follow_redirects=False, **more)


@contextmanager
def open_centre(town: Directory, folder: Path) -> Generator[Centre]:
    """The centre over a new store in a folder."""
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    with ledger_in(folder) as ledger, AppStore.open(url) as apps:
        consents = ConsentDesk(ledger)
        with RightsDesk.open(url, consents) as rights:
            disclosures = DisclosureDesk(apps, consents, ReceiptKey(folder / "keys"))
            web = services(town, router=TwoStreets(), consents=consents, rights=rights, disclosures=disclosures)
            # Over https, as the cookie is taken from nowhere else.
            with TestClient(site(web), base_url="https://testserver.local") as client:
                client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
                yield Centre(client, consents, rights, apps, ledger)
