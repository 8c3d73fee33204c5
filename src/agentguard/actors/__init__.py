"""Who made a commit: a human who can prove it, an agent by its marks, automation, or unknown."""

from agentguard.actors.attribution import Attribution, KnownBy, attribute, pushed_by_agent
from agentguard.actors.loading import bundled_markers, load_markers
from agentguard.actors.markers import Certainty, Mark, Markers
from agentguard.actors.session import session
from agentguard.actors.signed import SignatureState

__all__ = [
    "Attribution",
    "Certainty",
    "KnownBy",
    "Mark",
    "Markers",
    "SignatureState",
    "attribute",
    "bundled_markers",
    "load_markers",
    "pushed_by_agent",
    "session",
]
