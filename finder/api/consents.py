"""What a person agrees to: yes, what holds, and yes taken back. The person has a token and no name."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from finder.api.services import ApiServices
from finder.domain.consent import Act, Consent, ConsentEntry, Purpose, Subject, Via
from finder.errors import BadInput, TokenNeeded
from finder.http.persons import asking_person, known_person
from finder.privacy.desk import ConsentDesk
from finder.privacy.subjects import Person, new_person

__all__ = ["ConsentRequest", "ConsentsAnswer", "consent_handlers", "consents_answer"]

_Request = Request[Any, Any, Any]
Purposes = Annotated[
    list[Purpose],
    msgspec.Meta(
        min_length=1,
        max_length=len(Purpose),
        description="Any but disclosure: to that a person agrees at GET /authorize alone, for one application by its name.",
    ),
]
PolicyRead = Annotated[
    date, msgspec.Meta(description="The version of the privacy policy that the person read: GET /api/v1/policies/current.")
]
LanguageRead = Annotated[Literal["en", "es"], msgspec.Meta(description="In which it was read.")]
Token = Annotated[
    str | None,
    msgspec.Meta(
        description="Of a person who was not known before: keep it on the device and send it as Authorization: Bearer. It is "
        "given this once, and the finder keeps only its hash. null where a token came along."
    ),
]


class ConsentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person who read the policy says yes."""

    purposes: Purposes
    policy: PolicyRead
    language: LanguageRead


class ConsentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A yes that holds until ``expires_at``, unless it is taken back or a new policy asks again."""

    purpose: Purpose
    policy_version: date
    given_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, consent: Consent) -> "ConsentAnswer":
        """Return a consent as the API gives it."""
        return cls(
            purpose=consent.purpose,
            policy_version=consent.policy_version,
            given_at=consent.given_at,
            expires_at=consent.expires_at,
        )


class EntryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger; ``text_sha256`` is that of the policy's text that was read: see ``GET /api/v1/policies``."""

    act: Act
    at: datetime
    via: Via
    purpose: Purpose | None
    policy_version: date | None
    language: str | None
    text_sha256: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, entry: ConsentEntry) -> "EntryAnswer":
        """Return a line as the API gives it."""
        return cls(**{name: getattr(entry, name) for name in cls.__struct_fields__})


class SaidYes(msgspec.Struct, frozen=True, kw_only=True):
    """What holds now."""

    consents: list[ConsentAnswer]
    token: Token


class ConsentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What holds now, and all that the person has said, oldest first."""

    consents: list[ConsentAnswer]
    history: list[EntryAnswer]


def consent_handlers(services: ApiServices) -> list[Any]:
    """Return the handlers of ``POST`` and ``GET /api/v1/consents`` and ``DELETE /api/v1/consents/{purpose}``."""
    desk = services.consents

    @post("/consents", status_code=201, sync_to_thread=True, summary="A person says yes")
    def say_yes(request: _Request, data: JSONBody[ConsentRequest]) -> SaidYes:
        """Keep a yes to one or more purposes for a year; without a token the person gets one. None to disclosure.

        A yes that holds already, to the same policy in the same language, stays as it is.
        """
        if Purpose.DISCLOSURE in data.purposes:
            raise BadInput(
                "A yes to disclosure is given at /authorize alone, where the person reads which application asks for what: send "
                "the person there."
            )
        known = _person_if_any(request)
        person = known or new_person()
        for purpose in dict.fromkeys(data.purposes):
            desk.say_yes(person.subject, purpose, version=data.policy, language=data.language, via=Via.APP, once=True)
        return SaidYes(consents=_live(desk, person.subject), token=None if known else person.token)

    @get("/consents", sync_to_thread=True, summary="What a person has agreed to")
    def consents(request: _Request) -> ConsentsAnswer:
        """Answer what holds now, and all that the person with this token has said."""
        return consents_answer(desk, known_person(request).subject)

    @delete("/consents/{purpose:str}", status_code=204, sync_to_thread=True, summary="A person takes a yes back")
    def revoke(request: _Request, purpose: FromPath[Purpose]) -> None:
        """Take a yes back, if there is one: nothing uses an exact position for this purpose from now on."""
        services.rights.oppose(known_person(request).subject, [purpose], via=Via.APP)

    return [say_yes, consents, revoke]


def consents_answer(desk: ConsentDesk, subject: Subject) -> ConsentsAnswer:
    """Return what a person has agreed to as the API gives it."""
    return ConsentsAnswer(consents=_live(desk, subject), history=[EntryAnswer.of(entry) for entry in desk.history(subject)])


def _live(desk: ConsentDesk, subject: Subject) -> list[ConsentAnswer]:
    return [ConsentAnswer.of(consent) for consent in desk.live(subject).values()]


def _person_if_any(request: _Request) -> Person | None:
    """Whoever is known; nobody is made anew whose token was mistyped."""
    person = asking_person(request)
    if person is None and request.headers.get("authorization"):
        raise TokenNeeded("This is no person's token. Send it as Authorization: Bearer fs_…, or send none to get a new one.")
    return person
