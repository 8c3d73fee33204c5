"""From one ref update to a frozen `Change`, in a handful of git processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentguard.approvals.statement import is_approval_shaped
from agentguard.change import Change, Commit, FileChange, Followed, MergeKind, Patch, RefUpdate
from agentguard.errors import EvaluationError
from agentguard.repo.commits import list_commits, peel, read_commits
from agentguard.repo.diff import EMPTY_TREE, Pair, diff_trees
from agentguard.repo.extras import Wanted, extras
from agentguard.repo.git import Git
from agentguard.repo.merges import merge_trees, scratch
from agentguard.repo.objects import Objects, open_objects
from agentguard.repo.patches import read_patches
from agentguard.repo.repository import Repository
from agentguard.repo.trees import Entries, Trees, new_names, removed_directories
from agentguard.repo.vanished import vanished

Parents = tuple[str, ...]
Graph = Mapping[str, Parents]
Files = tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the repository holds before the push: the tip of the default branch ("" for none) and
    the tips of all protected branches."""

    default: str
    protected: tuple[str, ...]


def read_change(repository: Repository, update: RefUpdate, known: Known, wanted: Wanted) -> Change:
    """Read what `update` does. Raises EvaluationError when anything about it cannot be known."""
    if repository.shallow:
        raise EvaluationError("the repository is shallow: its history is cut off")
    with open_objects(repository.git) as objects:
        return _Reader(repository, objects, update, known, wanted).change()


def read_trees(repository: Repository, update: RefUpdate, _known: Known, wanted: Wanted) -> Change:
    """Read the difference between two trees as if it were one update: no commits, no ancestry.

    `update.old` may be a commit, then content put back can be told, or a tree.
    """
    with open_objects(repository.git) as objects:
        reader = _Reader(repository, objects, update, Known("", ()), wanted)
        return reader.trees()


def read_between(repository: Repository, start: str, end: str) -> Change:
    """The net difference of two commits, whatever lies between, and nothing more about it."""
    return read_trees(repository, RefUpdate(start, end, ""), Known("", ()), Wanted())


@dataclass(frozen=True, slots=True)
class _Differences:
    """What differs in pairs of trees, where agents' files lead in it, and what else is wanted."""

    files: Mapping[Pair, Files]
    patches: Mapping[Pair, Mapping[str, Patch]]
    followed: Followed
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class _Reader:
    repository: Repository
    objects: Objects
    update: RefUpdate
    known: Known
    wanted: Wanted
    parsed: dict[str, Entries] = field(default_factory=dict)

    def change(self) -> Change:
        bare = Change(self.update, self.repository.object_format, target="none")
        if self.update.deleted or not self.update.new:
            return replace(bare, base=self.update.old)
        head, kind = self._head()
        base = self._base(head, kind)
        rewound = self._rewound(base, head, kind)
        if kind == "commit":
            seen = replace(bare, base=base, head=head, target="commit", rewound=rewound)
            # Nothing is new where the default branch already is, as with most tags.
            return self._of_commit(seen) if self.wanted.content and base != head else seen
        if kind == "tree":
            seen = replace(bare, base=base, head=head, target="tree", rewound=rewound)
            return self._of_tree(seen) if self.wanted.content else seen
        return replace(bare, base=base, head=head, target="blob", rewound=rewound)

    def trees(self) -> Change:
        """The update taken as two trees."""
        old, new = self.update.old, self.update.new
        change = Change(self.update, self.repository.object_format, old, self._tree(new))
        return self._of_tree(change)

    def _head(self) -> tuple[str, str]:
        """What the ref would point to, behind tags. A branch can hold nothing but a commit."""
        ref, new = self.update.ref, self.update.new
        kind = self.objects.info([new])[new].type
        if ref.startswith("refs/heads/") and kind != "commit":
            raise EvaluationError(f"a branch cannot point to a {kind}")
        return peel(self.objects, new)

    def _base(self, head: str, kind: str) -> str:
        """What the change is compared with: the old target, or where a new ref left the default
        branch. One that has nothing in common with it is compared with all of it: it may be meant
        to take its place. In an empty repository there is nothing."""
        if self.update.old:
            base, old_kind = peel(self.objects, self.update.old)
            return "" if old_kind == "blob" else base
        if kind != "commit" or not self.known.default:
            return ""
        return self.repository.merge_base(head, self.known.default) or self.known.default

    def _rewound(self, base: str, head: str, kind: str) -> bool:
        """The old target is not an ancestor of the new one. A tag does not rewind, it moves."""
        if not self.update.old or base == head or self.update.ref.startswith("refs/tags/"):
            return False
        if kind != "commit" or peel(self.objects, self.update.old)[1] != "commit":
            return True
        git = self.repository.git
        return git.run("merge-base", "--is-ancestor", base, head, ok=(0, 1)).returncode == 1

    def _of_tree(self, change: Change) -> Change:
        pair = self._tree(change.base), change.head
        seen = self._differences(self.repository.git, self.objects, [pair])
        return self._complete(change, seen, pair)

    def _of_commit(self, change: Change) -> Change:
        exclude = [name for name in (change.base, *self.known.protected) if name]
        graph = list_commits(self.repository.git, change.head, exclude)
        commits = read_commits(self.repository.git, self.objects, graph)
        self._check_parents(commits, graph)
        head = self._below_approvals(change.head, commits)
        net = self._tree(change.base), self._tree(head)
        with self._merging(commits) as (git, objects, automatic):
            pairs = [self._own_pair(commit, automatic) for commit in commits]
            seen = self._differences(git, objects, [net, *pairs])
            diffs, patches = seen.files, seen.patches
            gone = vanished(objects, seen.wanted, [diffs[pair] for pair in pairs], diffs[net])
        commits = tuple(
            replace(
                commit,
                merge=_merge_kind(commit, pair),
                files=diffs[pair],
                patches=patches[pair],
                removed_directories=self._removed_directories(pair, diffs[pair]),
                contents=contents,
            )
            for commit, pair, contents in zip(commits, pairs, gone, strict=True)
        )
        change = replace(
            change,
            head=head,
            commits=tuple(commit for commit in commits if not _only_approves(commit)),
            approval_commits=tuple(commit for commit in commits if is_approval_shaped(commit)),
        )
        return self._complete(change, seen, net)

    def _check_parents(self, commits: Sequence[Commit], graph: Graph) -> None:
        """Git walked by the parents it parsed; ours must be the same, or one of us was misled."""
        for commit in commits:
            if commit.parents != graph[commit.id]:
                raise EvaluationError(f"commit {commit.id} names its parents in an unclear way")

    def _below_approvals(self, tip: str, commits: Sequence[Commit]) -> str:
        """The commit that carries the content: empty approval commits on top are left out."""
        by_id = {commit.id: commit for commit in commits}
        while (commit := by_id.get(tip)) and is_approval_shaped(commit):
            if len(commit.parents) != 1 or self._tree(commit.parents[0]) != commit.tree:
                break
            tip = commit.parents[0]
        return tip

    @contextlib.contextmanager
    def _merging(
        self, commits: Sequence[Commit]
    ) -> Iterator[tuple[Git, Objects, Mapping[Parents, str]]]:
        """The trees git would have made of the merges, and a git and objects that can see them."""
        merges = [commit.parents for commit in commits if len(commit.parents) == 2]
        if not merges:
            yield self.repository.git, self.objects, {}
            return
        with scratch(self.repository.git) as git:
            automatic = merge_trees(git, merges)
            with open_objects(git) as objects:
                yield git, objects, automatic

    def _own_pair(self, commit: Commit, automatic: Mapping[Parents, str]) -> Pair:
        """The trees whose difference is the commit's own doing.

        A merge of more than two is taken as all it brings to its first parent: git has no
        automatic result to compare it with.
        """
        if commit.parents in automatic:
            return automatic[commit.parents], commit.tree
        parent = commit.parents[0] if commit.parents else ""
        return self._tree(parent), commit.tree

    def _differences(self, git: Git, objects: Objects, pairs: Sequence[Pair]) -> _Differences:
        """Files that differ in each pair of trees, the first of which is the net change, and the
        text of those a rule reads."""
        diffs = diff_trees(git, objects, pairs)
        followed = self._followed(pairs[0], diffs.values())
        wanted = self.wanted.knowing(followed)
        asks = wanted.patch
        texts = {pair: [f for f in files if asks and asks(f)] for pair, files in diffs.items()}
        return _Differences(diffs, read_patches(git, texts), followed, wanted)

    def _followed(self, net: Pair, diffs: Iterable[Files]) -> Followed:
        """Where agents' files lead among all that is touched, if a rule asks."""
        if self.wanted.follow is None:
            return Followed()
        from agentguard.repo.agent_files import followed

        touched = {path: None for files in diffs for file in files for path in file.paths}
        before, after = map(self._trees, net)
        return followed(self.objects, before, after, touched.keys(), self.wanted.follow)

    def _trees(self, tree: str) -> Trees:
        return Trees(self.objects, tree, parsed=self.parsed)

    def _tree(self, name: str) -> str:
        """The tree of a commit or tree; the empty tree for nothing."""
        return self.objects.tree_of(name) if name else EMPTY_TREE[self.repository.object_format]

    def _complete(self, change: Change, seen: _Differences, pair: Pair) -> Change:
        """Fill what rules asked for and what follows from the net difference alone."""
        files = seen.files[pair]
        change = replace(
            change,
            files=files,
            patches=seen.patches[pair],
            followed=seen.followed,
            removed_directories=self._removed_directories(pair, files),
            new_names=new_names(files, *map(self._trees, pair)),
        )
        return extras(self.repository.git, self.objects, seen.wanted, change, pair)

    def _removed_directories(self, pair: Pair, files: Files) -> tuple[str, ...]:
        return removed_directories(files, self._trees(pair[1]))


def _only_approves(commit: Commit) -> bool:
    """An approval commit with content of its own is judged like any other commit as well."""
    return is_approval_shaped(commit) and len(commit.parents) == 1 and not commit.files


def _merge_kind(commit: Commit, pair: Pair) -> MergeKind:
    if len(commit.parents) < 2:
        return "none"
    if len(commit.parents) > 2:
        return "octopus"
    return "clean" if pair[0] == pair[1] else "own"
