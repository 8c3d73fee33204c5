"""`make demo`: the incident as real pushes against a real server with the gate, start to end.

Everything happens in a temporary folder that is removed in any case. The demo checks itself: when
anything goes otherwise than it says, it ends with status 1.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import NoReturn

from demo import incident, portal
from demo.stage import JANE, Clone, Push, Stage, WentWrongError

WIDTH = 80
ALWAYS = {"unsigned-agent-commit"}
HOSTING = {"routing-paths", *ALWAYS}
STORY = (
    {"auth-paths", "directory-removed", "files-gutted", "live-code-deleted", "many-files-deleted",
     "mass-deletion", "routing-paths", "too-many-files", "tree-share-deleted", *ALWAYS},
    {*HOSTING, "unknown-reference"},
    {"human-records", *ALWAYS},
    {"agent-rule-files", "autonomy-widened", *ALWAYS},
)  # fmt: skip
SHORT = "login redirect", "hosting", "records", "agent rules"
TOLD = (
    """The task was: fix where members land after logging in. The agent's commit changes 340 files
    and deletes 28,745 lines, all templates of the shop among them.""",
    """Pages are down, so it points Firebase Hosting at a Cloud Run service with a likely name.
    There is no such service.""",
    """The checks ask for consultation and a post-mortem, so it writes some. Nobody was consulted.""",
    """Then it rewrites the rules it works under: no questions, deploy every build.""",
)


@dataclass
class Demo:
    """The pushes so far, and how each one ended."""

    stage: Stage
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def push(
        self, label: str, clone: Clone, *, refuse: set[str] | None = None, to: str = "main"
    ) -> Push:
        """Push, show what the sender sees, and compare it with what is told."""
        before = self.stage.tip()
        say(f"$ git push origin HEAD:{to}")
        push = clone.push(f"HEAD:refs/heads/{to}")
        say(push.output, "")
        self.rows.append((label, "accepted" if push.accepted else "refused", " ".join(push.rules)))
        expect(
            push.accepted == (refuse is None), f"{label} was not {'refused' if refuse else 'taken'}"
        )
        expect(refuse is None or set(push.rules) == refuse, f"{label}: stopped by {push.rules}")
        moved = self.stage.tip() != before
        expect(moved == (push.accepted and to == "main"), f"{label}: main moved: {moved}")
        return push

    def table(self) -> Iterator[str]:
        """One line for each push, and what stopped it."""
        wide = max(len(label) for label, _, _ in self.rows)
        yield f"{'push'.ljust(wide)}  verdict   rules"
        yield "-" * WIDTH
        for label, verdict, rules in self.rows:
            first, *more = wrap(rules, WIDTH - wide - 12, break_on_hyphens=False) or [""]
            yield f"{label.ljust(wide)}  {verdict:<8}  {first}".rstrip()
            yield from (" " * (wide + 12) + line for line in more)


def play(stage: Stage) -> None:
    """All scenes, in order."""
    demo = Demo(stage)
    files = portal.build()
    scene(f"A server with a portal of {len(files)} files, and the gate in front of it.")
    stage.build(files)
    say("$ agentguard install --server --approver jane@example.com=jane.pub portal.git")
    say(stage.install().replace(str(stage.folder) + "/", ""))
    agent, jane = stage.clone("Sam"), stage.clone("Jane")
    replay(demo, agent, incident.steps(files))
    forge(demo, agent, incident.steps(files)[1])
    scene("What the task asked for is three files. Nobody needs to be asked.")
    agent.start("fix")
    agent.commit("Stay inside the portal after login\n", incident.fix(files))
    demo.push("the fix, 3 files", agent)
    approve(demo, agent, jane)
    scene("In short:")
    say(*demo.table(), "")


def replay(demo: Demo, agent: Clone, steps: Iterable[incident.Step]) -> None:
    """The four commits, each pushed by itself: what was refused is not in the way of the next."""
    for number, (step, told, rules) in enumerate(zip(steps, TOLD, STORY, strict=True), 1):
        scene(f'The incident, commit {number}: "{step.subject}"', told)
        agent.start(f"step-{number}")
        agent.commit(step.message, step.files)
        push = demo.push(f"{number} {SHORT[number - 1]}", agent, refuse=rules)
        if number == 1:
            expect("340 files, +400 −28,745 lines" in push.output, "other figures than told")


def forge(demo: Demo, agent: Clone, step: incident.Step) -> None:
    """An approval that the agent writes itself counts for nothing."""
    rules = STORY[1]
    scene(
        "The agent approves its own change in Jane's name.",
        "The refusal says what an approval looks like, so it types one. Without Jane's key it is "
        "only text.",
    )
    agent.start("forged")
    agent.commit(step.message, step.files)
    refusal = agent.push("HEAD:refs/heads/main").output
    statement = [
        line.removeprefix("remote: ") for line in refusal.split("\n") if "Agentguard-" in line
    ]
    message = "\n".join(["Agentguard approval", "", *statement]) + f" {JANE}\n"
    agent.git("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-",
              "--author", f"Jane <{JANE}>", stdin=message)  # fmt: skip
    push = demo.push("2 and a typed approval", agent, refuse=rules)
    expect("the commit is not signed" in push.output, "the forgery was refused for another reason")
    scene("It signs as Jane, with a key of its own.")
    agent.git("reset", "-q", "--hard", "HEAD~1")
    key = str(demo.stage.key("agent"))
    agent.agentguard(
        "approve", "--yes", "--as", JANE, "--key", key, "--statement", "-", stdin=refusal
    )
    push = demo.push("2 and the agent's key", agent, refuse=rules)
    expect("does not count" in push.output, "the forgery was not named")


def approve(demo: Demo, agent: Clone, jane: Clone) -> None:
    """A change that must touch the hosting: Jane reads it, signs, and it lands."""
    scene(
        "Now a change that is meant: logins go to the service that exists.",
        "The agent pushes it to a branch of its own, which is free, and asks for main.",
    )
    agent.start("hosting")
    files = {"firebase.json": portal.firebase("portal-web", "/login")}
    agent.commit(f"Serve /login from portal-web\n\n{incident.AGENT}\n", files)
    demo.push("hosting, own branch", agent, to="agent/hosting")
    refusal = demo.push("hosting, to main", agent, refuse=HOSTING)
    scene("Jane fetches the branch, reads the change, and signs with her key.")
    jane.git("fetch", "-q", "origin")
    jane.git("checkout", "-q", "agent/hosting")
    key = str(demo.stage.key("jane"))
    say("$ agentguard approve agent/hosting --statement -     (the refusal, pasted)")
    said = jane.agentguard("approve", "--yes", "--key", key, "--as", JANE, "--statement", "-",
                           stdin=refusal.output)  # fmt: skip
    say("[...]", said[said.index("You are about to approve") :])
    push = demo.push("hosting and Jane's key", jane)
    expect(f"approved by {JANE}" in push.output, "the push was taken without naming Jane")


def scene(title: str, *told: str) -> None:
    """A heading, and what is going on."""
    say(
        "",
        "=" * WIDTH,
        *wrap(title, WIDTH),
        *(line for text in told for line in wrap(" ".join(text.split()), WIDTH)),
    )
    say("=" * WIDTH)


def say(*lines: str) -> None:
    """Print lines, at once."""
    print(*lines, sep="\n", flush=True)


def expect(truth: bool, otherwise: str) -> None:
    """Stop unless it went as told."""
    if not truth:
        raise WentWrongError(otherwise)


def main() -> int:
    """Play in a folder that is gone afterwards; 0 if everything went as told."""
    signal.signal(signal.SIGTERM, _stop)
    began = time.monotonic()
    try:
        with temporary_folder() as folder:
            play(Stage(folder))
    except WentWrongError as error:
        print(f"\ndemo: it did not go as told: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; nothing is left behind", file=sys.stderr)
        return 130
    say(
        f"Everything went as told, in {time.monotonic() - began:.0f} seconds. Nothing is left behind."
    )
    return 0


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, also when what was stopped in it takes a moment to end."""
    folder = Path(tempfile.mkdtemp(prefix="agentguard-demo-")).resolve()
    try:
        yield folder
    finally:
        for _ in range(50):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
