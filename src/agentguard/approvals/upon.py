"""What a change holds besides what a commit stands on: that, nobody who stood there approved."""

from __future__ import annotations

from agentguard.change import Change, Commit


def changed_besides(change: Change, approval: Commit) -> list[str]:
    """Paths that are touched by commits which the approval does not stand on, sorted."""
    commits = change.every_commit
    below, left = {approval.id}, [approval.id]
    while left:
        here = commits.get(left.pop())
        for parent in here.parents if here else ():
            if parent in commits and parent not in below:
                below.add(parent)
                left.append(parent)
    paths = {
        path
        for commit in commits.values()
        if commit.id not in below
        for file in commit.files
        for path in file.paths
    }
    return sorted(paths)
