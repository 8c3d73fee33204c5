"""Where the files that steer agents lead: what they link to, take in, or name in a setting. Pure."""

from __future__ import annotations

from agentguard.agent_files.targets import follow
from agentguard.agent_files.ways import Tree

__all__ = ["Tree", "follow"]
