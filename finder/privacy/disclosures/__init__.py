"""What people let applications of others read: asked for in plain words, given with a signed receipt, taken back at once."""

from finder.privacy.disclosures.access import AppAccess
from finder.privacy.disclosures.desk import DisclosureDesk, GrantTold
from finder.privacy.disclosures.receipt import Controller
from finder.privacy.disclosures.server import Answer, Asked, BadAppRequest, SendBack

__all__ = ["Answer", "AppAccess", "Asked", "BadAppRequest", "Controller", "DisclosureDesk", "GrantTold", "SendBack"]
