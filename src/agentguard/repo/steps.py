"""The steps a branch took: from first parent to child, one push each as far as history tells."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.repo.git import Git, text


@dataclass(frozen=True, slots=True)
class Step:
    """From the commit `old` to the commit `new`; `subject` is the first paragraph of its message."""

    old: str
    new: str
    subject: str


def first_parent_steps(git: Git, tip: str, base: str = "", last: int = 0) -> tuple[Step, ...]:
    """The steps up to commit `tip`, newest first, the latest `last` of them (0: all).

    Those that `base` has are left out. A commit without a parent is no step. Raises
    EvaluationError when git cannot walk there.
    """
    most = [f"--max-count={last}"] if last else []
    ends = [tip, f"^{base}"] if base else [tip]
    output = git.output("rev-list", "--first-parent", "--format=%P%x00%s", *most, *ends, "--")
    lines = text(output).split("\n")
    steps = []
    for named, line in zip(lines[::2], lines[1::2], strict=False):
        parents, _, subject = line.partition("\0")
        if parents:
            steps.append(Step(parents.split()[0], named.removeprefix("commit "), subject))
    return tuple(steps)
