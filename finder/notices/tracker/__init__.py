"""Fixes into events: when a person came near, went in, stayed and left, as far as the fixes of their device allow to say.

A pure state machine: ``step(state, fix, watches)`` gives the next state and the events, and asks no clock and no store. The
same fixes give the same events byte for byte. What it decides, and why so: ``docs/decisions/0032-fixes-into-events.md``.

A state holds the last positions of a person. It is kept no longer than the visit that they armed, sealed, and never logged;
an :class:`Event` holds none and may be.
"""

from finder.notices.tracker.edge import EdgeDistance, edge_distance
from finder.notices.tracker.event import Confidence, Event, Grounds
from finder.notices.tracker.fix import Fix
from finder.notices.tracker.state import Side, TrackState, decode_state, encode_state
from finder.notices.tracker.step import Step, Watch, in_order, replay, step, watch_of, wish_s_of
from finder.notices.tracker.tuning import TUNING, Tuning
from finder.notices.tracker.why import why, why_texts

__all__ = [
    "TUNING",
    "Confidence",
    "EdgeDistance",
    "Event",
    "Fix",
    "Grounds",
    "Side",
    "Step",
    "TrackState",
    "Tuning",
    "Watch",
    "decode_state",
    "edge_distance",
    "encode_state",
    "in_order",
    "replay",
    "step",
    "watch_of",
    "why",
    "why_texts",
    "wish_s_of",
]
