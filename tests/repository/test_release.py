"""A release is made of a tag, the version and what the changelog says about it."""

import json
from pathlib import Path
import shutil
from subprocess import CompletedProcess, run

import pytest

from dev import ROOT

from .common import MANIFEST

MANIFEST_FILE = "custom_components/thesmsworks/manifest.json"
SCRIPT = "scripts/release_notes"
NOTES = "### Added\n\n- What users get.\n\n### Fixed\n\n- What was wrong.\n"
CHANGELOG = f"""\
# Changelog

## [Unreleased]

- What is not released yet.

## [1.2.3] - 2026-07-01

{NOTES}
## [1.2.2] - 2026-06-01

- What users got before.

[1.2.3]: https://example.com/compare/v1.2.2...v1.2.3
"""
TAG, VERSION, SECTION = "is not the tag", "has version 1.2.3", "has no section"


def release(folder: Path, tag: str, changelog: str) -> CompletedProcess[str]:
    """Ask for the notes of a tag at version 1.2.3."""
    for name in (MANIFEST_FILE, SCRIPT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / SCRIPT, folder / SCRIPT)
    manifest = json.dumps(MANIFEST | {"version": "1.2.3"}, indent=2)
    (folder / MANIFEST_FILE).write_text(manifest)
    (folder / "CHANGELOG.md").write_text(changelog)
    return run([folder / SCRIPT, tag], capture_output=True, check=False, text=True)


@pytest.mark.parametrize("after", ["\n## [1.2.2]", "\n[1.2.3]: link", ""])
def test_notes_are_the_section_of_the_version(tmp_path: Path, after: str) -> None:
    """And nothing around it: another section, the links, or the end of the file."""
    before, _, _ = CHANGELOG.partition("\n## [1.2.2]")
    released = release(tmp_path, "v1.2.3", f"{before}{after}")

    assert (released.returncode, released.stdout, released.stderr) == (0, NOTES, "")


@pytest.mark.parametrize(
    ("tag", "written", "instead", "reason"),
    [
        *((tag, "", "", TAG) for tag in ("", "1.2.3", "v1.2", "v1.2.3b1", "vv1.2.3")),
        *((tag, "", "", VERSION) for tag in ("v1.2.2", "v11.2.3", "v1.2.33")),
        ("v1.2.3", "## [1.2.3]", "## [1.2.30]", SECTION),
        ("v1.2.3", " - 2026-07-01", "", "has no date"),
        ("v1.2.3", " - 2026-07-01", " - 1 July 2026", "has no date"),
        ("v1.2.3", NOTES, "### Added\n\n### Fixed\n", "is empty"),
    ],
)
def test_release_that_is_not_ready_is_refused(
    tmp_path: Path, tag: str, written: str, instead: str, reason: str
) -> None:
    """With one sentence that says why."""
    released = release(tmp_path, tag, CHANGELOG.replace(written, instead))

    assert (released.returncode, released.stdout) == (1, "")
    assert reason in released.stderr
    assert released.stderr.count("\n") == 1


def test_version_of_this_repository_can_be_released() -> None:
    """At any time: its section is there and dated."""
    tag = f"v{MANIFEST['version']}"

    assert run([ROOT / SCRIPT, tag], check=True, capture_output=True).stdout
