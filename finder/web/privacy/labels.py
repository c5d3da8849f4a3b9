"""The words for what a person may agree to, and for what was asked by letter."""

from finder.domain.consent import Purpose
from finder.domain.rights import Outcome, RequestKind
from finder.web.labels import N_

__all__ = ["OUTCOME_LABELS", "PURPOSE_LABELS", "PURPOSE_WORDS", "REQUEST_LABELS"]

PURPOSE_LABELS = {
    Purpose.SEARCH: N_("Search near your exact position"),
    Purpose.DIRECTIONS: N_("Directions from your exact position"),
    Purpose.INDOOR: N_("Finding your way inside a building"),
    Purpose.NOTICES: N_("Notices when you are near a place of care"),
    Purpose.ANALYTICS: N_("Statistics"),
    Purpose.DISCLOSURE: N_("Apps of others"),
}
"""The name of each purpose."""
PURPOSE_WORDS = {
    Purpose.SEARCH: N_(
        "To find places of care near you. Your exact position is used for the one answer and then forgotten. "
        "Without it we use your area, or the place that you type."
    ),
    Purpose.DIRECTIONS: N_(
        "To show you the way from where you are. Your exact position is used for the one answer and then forgotten. "
        "Without it the way starts in your area, or at the place that you type."
    ),
    Purpose.INDOOR: N_("To show you the way inside a large building. The finder does not offer this yet."),
    Purpose.NOTICES: N_(
        "To tell you something at a place of care that you said you are going to. Your positions are looked at by your device, "
        "or by our service if you choose that, until the visit ends."
    ),
    Purpose.ANALYTICS: N_(
        "To count what is searched for in an area about 2 km wide in a week. Small numbers are never shown, and noise is added, "
        "so that nobody can be found in them."
    ),
    Purpose.DISCLOSURE: N_("To let an app of somebody else read what you choose. You are asked for each app by itself."),
}
"""What agreeing to each means."""

REQUEST_LABELS = {
    RequestKind.ACCESS: N_("See (access)"),
    RequestKind.RECTIFICATION: N_("Correct (rectification)"),
    RequestKind.CANCELLATION: N_("Erase (cancellation)"),
    RequestKind.OPPOSITION: N_("Object (opposition)"),
}
OUTCOME_LABELS = {
    Outcome.DONE: N_("done"),
    Outcome.PARTLY: N_("partly done"),
    Outcome.REFUSED: N_("refused"),
    Outcome.WITHDRAWN: N_("you took it back"),
    Outcome.NOTHING_HELD: N_("nothing was held"),
}
