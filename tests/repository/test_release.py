"""A release is made of a tag, the version and what the changelog says about it."""

from collections.abc import Callable
from itertools import pairwise
import json
from pathlib import Path
import re
import shutil
from subprocess import CompletedProcess, run

import pytest

from dev import ROOT

MANIFEST = "custom_components/thesmsworks/manifest.json"
SCRIPT = "scripts/release_notes"

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- What is not released yet.

## [1.2.3] - 2026-07-01

### Added

- What users get.

### Fixed

- What was wrong.

## [1.2.2] - 2026-06-01

### Added

- What users got before.

[Unreleased]: https://example.com/compare/v1.2.3...HEAD
[1.2.3]: https://example.com/compare/v1.2.2...v1.2.3
"""
NOTES = """\
### Added

- What users get.

### Fixed

- What was wrong.
"""

type Release = Callable[..., CompletedProcess[str]]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Return a function that asks for the notes of a tag at version 1.2.3."""

    def release(tag: str, changelog: str = CHANGELOG) -> CompletedProcess[str]:
        for name in (MANIFEST, SCRIPT):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
        manifest = json.loads((tmp_path / MANIFEST).read_text())
        (tmp_path / MANIFEST).write_text(
            json.dumps(manifest | {"version": "1.2.3"}, indent=2)
        )
        (tmp_path / "CHANGELOG.md").write_text(changelog)
        return run(
            [tmp_path / SCRIPT, tag], capture_output=True, check=False, text=True
        )

    return release


def assert_refused(released: CompletedProcess[str], *parts: str) -> None:
    """Assert that there are no notes, but one sentence with the reason and remedy."""
    assert released.returncode == 1
    assert released.stdout == ""
    assert released.stderr.startswith("release: ")
    assert released.stderr.count("\n") == 1
    for part in parts:
        assert part in released.stderr


def test_notes_are_the_section_of_the_version(release: Release) -> None:
    """And nothing of the sections and links around it."""
    released = release("v1.2.3")

    assert (released.returncode, released.stdout, released.stderr) == (0, NOTES, "")


def test_notes_may_be_the_last_of_the_file(release: Release) -> None:
    """As in a changelog without links."""
    changelog = CHANGELOG.partition("\n## [1.2.2]")[0]

    assert release("v1.2.3", changelog).stdout == NOTES


@pytest.mark.parametrize(
    "tag", ["", "1.2.3", "v1.2", "v1.2.3b1", "V1.2.3", "vv1.2.3", "v1.2.3 ", "main"]
)
def test_tag_is_v_and_three_numbers(release: Release, tag: str) -> None:
    """A beta would be offered to everybody as well."""
    assert_refused(release(tag), f"'{tag}' is not the tag of a release", "v1.2.3")


@pytest.mark.parametrize("tag", ["v1.2.2", "v1.2.4", "v11.2.3", "v1.2.33"])
def test_tag_is_the_version_of_the_manifest(release: Release, tag: str) -> None:
    """Which is the one that Home Assistant shows."""
    assert_refused(
        release(tag), "version 1.2.3", f"delete the tag {tag}", f"version to {tag[1:]}"
    )


def test_version_has_a_section(release: Release) -> None:
    """What is under Unreleased is not taken for it, nor a similar version."""
    changelog = CHANGELOG.replace("## [1.2.3]", "## [1.2.30]")

    assert_refused(
        release("v1.2.3", changelog), "no section for 1.2.3", "## [1.2.3] - YYYY-MM-DD"
    )


@pytest.mark.parametrize("date", ["", " - Unreleased", " - 1 July 2026", " 2026-07-01"])
def test_section_is_dated(release: Release, date: str) -> None:
    """So that nothing is released by mistake that was still being written."""
    changelog = CHANGELOG.replace(" - 2026-07-01", date)

    assert_refused(
        release("v1.2.3", changelog), "has no date", "## [1.2.3] - YYYY-MM-DD"
    )


@pytest.mark.parametrize("nothing", ["", "### Added\n\n### Fixed\n\n"])
def test_section_says_something(release: Release, nothing: str) -> None:
    """Headings alone tell users nothing."""
    changelog = CHANGELOG.replace(f"{NOTES}\n", nothing)

    assert_refused(release("v1.2.3", changelog), "is empty", "list in it")


def test_version_of_this_repository_can_be_released() -> None:
    """At any time: its section is there and dated."""
    version = json.loads((ROOT / MANIFEST).read_text())["version"]

    assert run([ROOT / SCRIPT, f"v{version}"], check=True, capture_output=True).stdout


def test_every_version_links_to_its_changes() -> None:
    """The newest first, and Unreleased to what came after it."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    names = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    links = dict(re.findall(r"^\[(.+?)\]: (\S+)$", changelog, re.MULTILINE))

    assert names[0] == "Unreleased"
    assert list(links) == names
    assert links["Unreleased"].endswith(f"/compare/v{names[1]}...HEAD")
    for newer, older in pairwise(names[1:]):
        assert links[newer].endswith(f"/compare/v{older}...v{newer}")
    assert links[names[-1]].endswith(f"/releases/tag/v{names[-1]}")
