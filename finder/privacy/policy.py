"""The privacy policies, each named by its date and kept for ever: the texts, and for what each asks people again."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

import msgspec

from finder.domain.consent import Purpose
from finder.errors import BadInput

__all__ = ["CURRENT_POLICY", "LANGUAGES", "Policies", "Policy", "policies", "policy_version"]

LANGUAGES: Final = ("en", "es")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One version. ``texts`` are Markdown by language; ``summaries`` say by language what is new in it."""

    version: date
    texts: Mapping[str, str]
    summaries: Mapping[str, str]
    asks_again_for: frozenset[Purpose]
    """Who agreed to an earlier version for one of these is asked again."""

    def text_sha256(self, language: str) -> str:
        """The SHA-256, in hex, of the text in a language. Raises :class:`BadInput` for a language that it is not written in."""
        if language not in self.texts:
            raise BadInput(f"The privacy policy is written in these languages: {', '.join(self.texts)}.")
        return sha256(self.texts[language].encode()).hexdigest()


class Policies:
    """All versions, oldest first; the newest is in force, from the moment that the release with it is served."""

    def __init__(self, versions: Sequence[Policy]) -> None:
        self.versions = tuple(sorted(versions, key=lambda policy: policy.version))
        self.current = self.versions[-1]

    def needs_new_consent(self, agreed: date, purpose: Purpose) -> bool:
        """Whether a version later than the one agreed to asks again for this purpose."""
        return any(policy.version > agreed and purpose in policy.asks_again_for for policy in self.versions)


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``policies.toml`` says of one version."""

    asks_again_for: frozenset[Purpose]
    summary_en: str
    summary_es: str


@cache
def policies() -> Policies:
    """The policies of this release."""
    folder = resources.files("finder.privacy").joinpath("policies")
    abouts = msgspec.convert(tomllib.loads(folder.joinpath("policies.toml").read_text("utf-8")), dict[str, _About])
    return Policies(
        [
            Policy(
                version=date.fromisoformat(version),
                texts={language: folder.joinpath(version, f"{language}.md").read_text("utf-8") for language in LANGUAGES},
                summaries={"en": about.summary_en, "es": about.summary_es},
                asks_again_for=about.asks_again_for,
            )
            for version, about in abouts.items()
        ]
    )


def policy_version(text: str) -> date:
    """The date that a form or an app names as the version agreed to. Raises :class:`BadInput` for what is no date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("consent must name a policy version, a date: ask GET /api/v1/policies/current.") from None


CURRENT_POLICY: Final = policies().current.version
"""The version in force."""
