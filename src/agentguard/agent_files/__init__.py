"""Where the files that steer agents lead: what they link to, take in, or name in a setting. Pure."""

from __future__ import annotations

from agentguard.agent_files.targets import Selects, follow

__all__ = ["Selects", "follow"]
