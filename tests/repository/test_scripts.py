"""The commands in front of the demo, the tests and the checks."""

from collections.abc import Iterator
from contextlib import suppress
import os
from pathlib import Path
import re
import shutil
import signal
from subprocess import PIPE, Popen, TimeoutExpired, run
import sys
import time

import pytest

from dev import ROOT

COMMANDS = [
    "benchmark",
    "dashboards",
    "develop",
    "lint",
    "release_notes",
    "setup",
    "test",
]
PROGRAMS = {
    # Makes an environment, but never ends to install what belongs into it.
    "uv": """
        case "$1" in
          venv) mkdir -p "$5/bin" && ln -s "$4" "$5/bin/python" ;;
          pip) touch begun && exec tail -f /dev/null ;;
        esac
    """,
    # Ten seconds pass quickly.
    "sleep": "exec /bin/sleep 0.1",
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the scripts, where nothing was installed."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for file in ROOT.glob("requirements_*.txt"):
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def slow_setup(clone: Path, tmp_path: Path) -> Iterator[Popen[str]]:
    """Make an environment on a line on which nothing arrives."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    # Where the tests run in the background, Ctrl-C is ignored, also by what they start.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    with Popen(
        [clone / "scripts/setup", "test"],
        env=os.environ | {"PATH": path},
        process_group=0,
        stderr=PIPE,
        text=True,
    ) as process:
        signal.signal(signal.SIGINT, handler)
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there_before_anything_is_installed(clone: Path, command: str) -> None:
    """It names the command, and leaves nothing."""
    script = clone / "scripts" / command
    shown = run([script, "--help"], check=True, capture_output=True, text=True)

    assert shown.stdout.startswith(f"Usage: scripts/{command}")
    assert not shown.stderr
    assert not (clone / ".cache").exists()


@pytest.mark.parametrize(
    ("command", "module"), [("develop", "dev.demo"), ("benchmark", "dev.benchmark")]
)
def test_help_has_the_options_that_there_are(command: str, module: str) -> None:
    """They are those of the Python that the command starts."""
    by_script = run([ROOT / "scripts" / command, "--help"], check=True, stdout=PIPE)
    by_python = run([sys.executable, "-m", module, "--help"], check=True, stdout=PIPE)

    assert {*re.findall(rb"--[a-z-]+", by_script.stdout)} == {
        *re.findall(rb"--[a-z-]+", by_python.stdout)
    }


def test_setup_shows_that_it_goes_on(slow_setup: Popen[str]) -> None:
    """It names the step and the time so far."""
    assert slow_setup.stderr
    lines = [slow_setup.stderr.readline() for _ in range(4)]

    assert lines[0].startswith("setup: using ")
    assert lines[1] == "setup: installing packages for 'test'\n"
    for line in lines[2:]:
        assert re.fullmatch(
            r"setup: still installing packages for 'test' \(\d+ seconds so far\)\n",
            line,
        )


def test_setup_ends_at_control_c(clone: Path, slow_setup: Popen[str]) -> None:
    """It says so in its last line, and nothing goes on to write more."""
    assert slow_setup.stderr
    while not (clone / "begun").exists():
        time.sleep(0.01)
    # One that comes while a program is just being started is lost.
    while slow_setup.poll() is None:
        os.killpg(slow_setup.pid, signal.SIGINT)
        with suppress(TimeoutExpired):
            slow_setup.wait(2)
    lines = slow_setup.stderr.readlines()

    assert all(line.startswith("setup: ") for line in lines)
    assert (
        lines[-1] == "setup: stopped; what was downloaded is kept for the next start\n"
    )
    assert slow_setup.wait() == 130
