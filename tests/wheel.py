"""`make wheel-test`: the real-push tests against the wheel as people install it.

`src/`, `rules/` and `hooks/` are out of reach: the tests run from another folder, with the Python
of an environment that holds the wheel and nothing of this checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

CHECKOUT = Path(__file__).resolve().parent.parent
TESTS = ("tests/hooks", "tests/incidents")
# What these try is the same in a wheel, and takes minutes.
LEFT_OUT = ("tests/hooks/test_crashes.py", "tests/hooks/test_parallel.py")
NEEDED = ("pytest", "hypothesis", "pytest-xdist")
DATA = "agentguard/_data"


def main() -> int:
    """Build, look inside, install, and test; the exit status of pytest."""
    with tempfile.TemporaryDirectory(prefix="agentguard-wheel-") as name:
        folder = Path(name)
        wheel = build(folder / "dist")
        check_content(wheel)
        python = install(folder / "venv", wheel)
        place = copy_tests(folder / "tests-only")
        check_origin(python, folder / "venv", place)
        left_out = tuple(f"--ignore={each}" for each in LEFT_OUT)
        options = ("-p", "no:cacheprovider", "-q", "-n", "auto", *left_out)
        tested = {"AGENTGUARD_TEST_PYTHON": str(python)}
        return run(python, "-m", "pytest", *options, *TESTS, cwd=place, check=False, **tested)


def build(folder: Path) -> Path:
    """The wheel of this checkout."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, CHECKOUT, cwd=CHECKOUT)
    [wheel] = folder.glob("*.whl")
    say(f"built {wheel.name}")
    return wheel


def check_content(wheel: Path) -> None:
    """Every rule and hook of the checkout is in the wheel, and nothing of its tests."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    for top in ("rules", "hooks"):
        files = [file for file in (CHECKOUT / top).rglob("*") if is_data(file)]
        assert files, f"{top} is empty"
        for file in files:
            name = f"{DATA}/{file.relative_to(CHECKOUT)}"
            assert packed.get(name) == file.read_bytes(), f"{name} is not as in the checkout"
    strangers = [
        name for name in packed if not name.startswith(("agentguard/", "agentguard_hooks-"))
    ]
    assert not strangers, f"not ours: {strangers[:5]}"
    say(f"{len(packed)} files in it, rules and hooks as in the checkout")


def is_data(file: Path) -> bool:
    """A file that ships."""
    return file.is_file() and not file.name.startswith(".")


def install(folder: Path, wheel: Path) -> Path:
    """An environment with the wheel, what it depends on, and the test runner; its Python."""
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, f"{wheel}[postgresql]", *NEEDED, cwd=folder.parent)
    return python


def copy_tests(folder: Path) -> Path:
    """The tests, the demo, and pytest's part of pyproject.toml."""
    for name in ("tests", "demo"):
        copytree(CHECKOUT / name, folder / name, ignore=ignore_patterns("__pycache__"))
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    options = project["tool"]["pytest"]["ini_options"]
    lines = [f"{key} = {toml(value)}\n" for key, value in options.items()]
    content = "[tool.pytest.ini_options]\n" + "".join(lines)
    (folder / "pyproject.toml").write_text(content, encoding="utf-8")
    return folder


def toml(value: object) -> str:
    """The values that pytest's options have."""
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def check_origin(python: Path, environment: Path, place: Path) -> None:
    """What is imported is what was installed."""
    code = (
        "import agentguard, agentguard.bundled as b; print(agentguard.__file__, b.folder('rules'))"
    )
    asked = subprocess.run(
        [python, "-c", code], cwd=place, env=clean(), check=True, capture_output=True, text=True
    )
    for path in asked.stdout.split():
        assert Path(path).is_relative_to(environment), f"{path} is not in {environment}"
    say(f"agentguard comes from {asked.stdout.split()[0]}")


def clean() -> dict[str, str]:
    """This environment, without what would lead back to the checkout."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("COV", "PYTHON"))
    }
    return {key: value for key, value in kept.items() if key != "VIRTUAL_ENV"}


def run(*command: str | Path, cwd: Path, check: bool = True, **extra: str) -> int:
    """Run a program whose output is shown; with `check`, it must succeed."""
    words = [str(part) for part in command]
    status = subprocess.run(words, cwd=cwd, env=clean() | extra, check=False).returncode
    if check and status:
        raise SystemExit(f"{' '.join(words)} ended with {status}")
    return status


def say(line: str) -> None:
    """A line of our own between those of the programs."""
    print(f"wheel-test: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
