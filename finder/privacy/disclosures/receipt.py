"""What the receipt of a disclosure says: who agreed to what, with whom, until when, and the very words that were shown."""

from hashlib import sha256
from typing import Any

import msgspec

from finder.domain.apps import GRANT_LASTS_UNUSED, App, AppGrant
from finder.domain.consent import Purpose
from finder.privacy.disclosures.texts import RISKS, SCOPES
from finder.privacy.policy import Policy

__all__ = ["Controller", "receipt_claims"]


class Controller(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for this finder, as its pages say."""

    name: str
    contact: str
    address: str
    """``https://finder.example``, without a path: the issuer."""


def receipt_claims(grant: AppGrant, app: App, controller: Controller, *, policy: Policy, language: str) -> dict[str, Any]:
    """Return the fields of a Kantara consent receipt, and beside them what a person may want to prove.

    The person is called by the grant's id, not by the subject: receipts of two grants cannot be told to be one person's.
    """
    return {
        "version": "KI-CR-v1.1.0",
        "iss": controller.address,
        "iat": int(grant.granted_at.timestamp()),
        "exp": int(grant.expires_at_latest.timestamp()),
        "consentTimestamp": int(grant.granted_at.timestamp()),
        "collectionMethod": "web page /authorize: one question, yes or no",
        "consentReceiptID": grant.id,
        "language": language,
        "piiPrincipalId": f"grant:{grant.id}",
        "piiControllers": [
            {
                "piiController": controller.name,
                "contact": controller.contact,
                "piiControllerUrl": controller.address,
            }
        ],
        "policyUrl": f"{controller.address}/privacy",
        "policyVersion": policy.version.isoformat(),
        "policySha256": policy.text_sha256(language),
        "services": [
            {
                "service": app.name,
                "purposes": [
                    {
                        "purpose": Purpose.DISCLOSURE.value,
                        "purposeCategory": ["disclosure to an application that the person chose"],
                        "consentType": "EXPLICIT",
                        "piiCategory": [scope.value for scope in grant.scopes],
                        "shown": [SCOPES[scope][language] for scope in grant.scopes],
                        "primaryPurpose": False,
                        "termination": (
                            f"{grant.expires_at_latest.date()} at the latest; before that {GRANT_LASTS_UNUSED.days} days after "
                            "the application last came for new tokens; at any time when the person takes it back"
                        ),
                        "thirdPartyDisclosure": True,
                        "thirdPartyName": app.name,
                        "thirdPartyUrl": app.homepage,
                        "thirdPartyContact": app.contact,
                        "thirdPartyId": app.id,
                    }
                ],
            }
        ],
        "riskTextSha256": sha256(RISKS[language].text.encode()).hexdigest(),
        "sensitive": True,
        "spiCat": ["health", "location"],
    }
