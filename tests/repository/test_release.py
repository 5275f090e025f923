"""A release needs a tag, its version, the changelog and all translations."""

from collections.abc import Callable
import json
from pathlib import Path
import re
import shutil
from subprocess import CompletedProcess, run

import pytest

from dev import ROOT

from .common import MANIFEST

PRODUCT = "custom_components/thesmsworks"
NOTES = "### Added\n\n- What users get.\n\n### Fixed\n\n- What was wrong.\n"
CHANGELOG = f"""\
# Changelog

## [Unreleased]

- What is not released yet.

## [1.2.3] - 2026-07-01

{NOTES}
## [1.2.2] - 2026-06-01

- What users got before.

[Unreleased]: https://example.com/compare/v1.2.3...HEAD
[1.2.3]: https://example.com/compare/v1.2.2...v1.2.3
[1.2.2]: https://example.com/releases/tag/v1.2.2
"""
ENGLISH = {"title": "Low credit", "lasts": "**{balance}** is left for 7 days"}
TAG, VERSION, SECTION = "is not the tag", "has version 1.2.3", "has no section"

type Release = Callable[..., CompletedProcess[str]]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Return a function that asks for the notes of a tag at version 1.2.3."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / PRODUCT / "translations").mkdir(parents=True)

    def ask(
        tag: str = "v1.2.3",
        changelog: str = CHANGELOG,
        german: dict[str, str] = ENGLISH,
    ) -> CompletedProcess[str]:
        files = {
            f"{PRODUCT}/manifest.json": MANIFEST | {"version": "1.2.3"},
            f"{PRODUCT}/translations/en.json": {"entity": ENGLISH},
            f"{PRODUCT}/translations/de.json": {"entity": german},
        }
        for name, content in files.items():
            (tmp_path / name).write_text(json.dumps(content, indent=2))
        (tmp_path / "CHANGELOG.md").write_text(changelog)
        script = tmp_path / "scripts/release_notes"
        return run([script, tag], capture_output=True, check=False, text=True)

    return ask


def test_notes_are_the_section_of_the_version(release: Release) -> None:
    """They end at the next section, at the links, or at the end of the file."""
    before, _, _ = CHANGELOG.partition("## [1.2.2]")
    link = "[1.2.3]: https://example.com/releases/tag/v1.2.3\n"

    for changelog in (CHANGELOG, before + link, link + before):
        released = release(changelog=changelog)
        assert (released.stdout, released.stderr) == (NOTES, "")


@pytest.mark.parametrize(
    ("tag", "written", "instead", "reason"),
    [
        *((tag, "", "", TAG) for tag in ("", "1.2.3", "v1.2", "v1.2.3b1", "vv1.2.3")),
        *((tag, "", "", VERSION) for tag in ("v1.2.2", "v11.2.3", "v1.2.33")),
        ("v1.2.3", "## [1.2.3]", "## [1.2.30]", SECTION),
        ("v1.2.3", " - 2026-07-01", "", "has no date"),
        ("v1.2.3", " - 2026-07-01", " - 1 July 2026", "has no date"),
        ("v1.2.3", NOTES, "### Added\n\n### Fixed\n", "is empty"),
        ("v1.2.3", "\n[1.2.3]: ", "\n[1.2.30]: ", "has no link"),
    ],
)
def test_release_that_is_not_ready_is_refused(
    release: Release, tag: str, written: str, instead: str, reason: str
) -> None:
    """One sentence says why."""
    released = release(tag, CHANGELOG.replace(written, instead))

    assert (released.returncode, released.stdout) == (1, "")
    assert reason in released.stderr
    assert released.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("german", "fault"),
    [
        ({"title": "Wenig Guthaben"}, "entity.lasts is missing"),
        (ENGLISH | {"lasts": "**{balance}** für 8 Tage"}, "entity.lasts has other"),
        (ENGLISH | {"lasts": "**{credit}** für 7 Tage"}, "entity.lasts has other"),
        (ENGLISH | {"lasts": "{balance} für 7 Tage"}, "entity.lasts has other"),
    ],
)
def test_release_with_an_incomplete_translation_is_refused(
    release: Release, german: dict[str, str], fault: str
) -> None:
    """Each text to translate is listed, in each language."""
    released = release(german=german)

    assert (released.returncode, released.stdout) == (1, "")
    assert released.stderr.startswith(f"de.json: {fault}")
    assert "translate the texts" in released.stderr


def test_release_with_complete_translations_is_not_refused(release: Release) -> None:
    """The words and their order differ."""
    german = {"title": "Wenig Guthaben", "lasts": "Für 7 Tage bleiben **{balance}**"}

    assert release(german=german).returncode == 0


def test_changelog_can_become_a_release() -> None:
    """Each section lists something, and a link leads to each version in it."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    _, *sections = re.split(r"^## \[", changelog, flags=re.MULTILINE)
    unreleased, *versions = [section.partition("]")[0] for section in sections]
    links = re.findall(r"^\[(.+)\]: .+$", sections[-1], re.MULTILINE)

    assert unreleased == "Unreleased"
    assert all("\n- " in section for section in sections)
    assert links == ([unreleased, *versions] if versions else [])
