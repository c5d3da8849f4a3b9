"""Visits that a person armed notices for, and what they are told on them.

What is kept of a visit is sealed with the person's key: where to, the tracker's state, the notices. A call that takes positions
steps the tracker and writes its state, the notices and what goes out because of them in one transaction, if nobody has written
that visit since it was read; else it reads again. So no notice is lost or told twice, whoever sends what how often.
"""

from finder.notices.visits.arming import LONGEST_VISIT
from finder.notices.visits.desk import Fences, VisitDesk
from finder.notices.visits.nouns import Announce, MeasuredFix, Notice, Taken, Visit
from finder.notices.visits.plain_state import plain_state

__all__ = ["LONGEST_VISIT", "Announce", "Fences", "MeasuredFix", "Notice", "Taken", "Visit", "VisitDesk", "plain_state"]
