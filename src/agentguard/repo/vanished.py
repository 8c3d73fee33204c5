"""What single commits of a push brought into a file, and neither end of the push holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentguard.change import Content, FileChange
from agentguard.repo.extras import Wanted, read_contents
from agentguard.repo.objects import Objects


def vanished(
    objects: Objects,
    wanted: Wanted,
    commits: Sequence[Sequence[FileChange]],
    net: Sequence[FileChange],
) -> tuple[Mapping[str, Content], ...]:
    """For each commit, oldest first, its files by path whose new content no other place shows, as far
    as a rule asks for them.

    Left out is what the net change has on either side, and what a commit found there that none
    before it brought: that is older than the push. Whether anything took the content away is not
    asked, because a merge that drops it does not tell.
    """
    asks = wanted.vanished
    if asks is None or len(commits) < 2:
        return ({},) * len(commits)
    shown = {"", *(blob for file in net for blob in (file.old_blob, file.new_blob))}
    brought = set[str]()
    for files in commits:
        shown.update(file.old_blob for file in files if file.old_blob not in brought)
        brought.update(file.new_blob for file in files)
    return read_contents(
        objects,
        [
            [file for file in files if file.new_blob not in shown and asks(file)]
            for files in commits
        ],
    )
