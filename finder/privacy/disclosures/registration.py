"""Entering an application: the operator does it, after looking at who runs it."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from finder.domain.admin import Actor
from finder.domain.apps import App, AppScope
from finder.errors import BadInput
from finder.privacy.disclosures.redirects import checked_https_address, checked_redirect_uri
from finder.store.apps import AppStore, new_id

__all__ = ["enter_app"]

_LONGEST_TEXT: Final = 80
_MOST_REDIRECT_URIS: Final = 10


def enter_app(
    apps: AppStore,
    *,
    name: str,
    homepage: str,
    contact: str,
    redirect_uris: Collection[str],
    scopes: Collection[AppScope],
    by: Actor,
) -> App:
    """Enter an application and return it with its ``client_id``.

    Raises :class:`BadInput` for what cannot be used, and :class:`NotReady` when it cannot be written now.
    """
    if not 0 < len(redirect_uris) <= _MOST_REDIRECT_URIS:
        raise BadInput(f"An application needs 1 to {_MOST_REDIRECT_URIS} redirect URIs.")
    if not scopes:
        raise BadInput(f"An application needs one scope or more: {', '.join(AppScope)}.")
    app = App(
        id=new_id(),
        name=_shown(name, "a name that people know it by"),
        homepage=checked_https_address(homepage),
        contact=_shown(contact, "a contact of who runs it"),
        redirect_uris=tuple(dict.fromkeys(map(checked_redirect_uri, redirect_uris))),
        scopes=tuple(scope for scope in AppScope if scope in scopes),
        created_at=datetime.now(UTC),
    )
    apps.add(app, by=by)
    return app


def _shown(text: str, what: str) -> str:
    """A text that people are shown: printable, so that it can neither break out of its line nor turn the others around."""
    text = text.strip()
    if not 0 < len(text) <= _LONGEST_TEXT or not text.isprintable():
        raise BadInput(f"An application needs {what}: 1 to {_LONGEST_TEXT} printable letters.")
    return text
