"""What helps whoever edits: editors, a development container, a hook for commits."""

from configparser import ConfigParser
import json
import os
import re
from subprocess import run

import yaml

from dev import ROOT
from homeassistant.const import SERVER_PORT


def test_every_file_is_as_editors_make_it() -> None:
    """By the rules of .editorconfig that hold for all files."""
    rules = ConfigParser()
    rules.read_string(f"[top]\n{(ROOT / '.editorconfig').read_text()}")
    listed = run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)

    assert dict(rules["*"]) == {
        "charset": "utf-8",
        "end_of_line": "lf",
        "indent_size": "2",
        "indent_style": "space",
        "insert_final_newline": "true",
        "trim_trailing_whitespace": "true",
    }
    for name in listed.stdout.decode().splitlines():
        if (ROOT / name).suffix not in {".gif", ".png"}:
            text = (ROOT / name).read_bytes().decode("utf-8")
            assert not re.search(r"[ \t\r]$|^\t|[^\n]\Z", text, re.MULTILINE), name


def test_development_container_gets_what_the_editor_uses() -> None:
    """The environment whose Python it takes, and the port of Home Assistant."""
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    script, *environments = container["postCreateCommand"].split()
    python = container["customizations"]["vscode"]["settings"][
        "python.defaultInterpreterPath"
    ]

    assert os.access(ROOT / script, os.X_OK)
    for environment in environments:
        assert (ROOT / f"requirements_{environment}.txt").exists()
    assert python in [f".cache/envs/{name}/bin/python" for name in environments]
    assert container["forwardPorts"] == [SERVER_PORT]


def test_commits_are_checked_by_a_script_that_is_there() -> None:
    """The same one that continuous integration runs."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    [hook] = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert os.access(ROOT / hook["entry"], os.X_OK)
    assert hook["entry"] in (ROOT / ".ci/run").read_text()


def test_each_version_is_written_once() -> None:
    """A package has its version in one file of requirements."""
    lines = [
        line.partition("==")[0]
        for file in ROOT.glob("requirements_*.txt")
        for line in file.read_text().splitlines()
        if "==" in line
    ]

    assert len(lines) == len({*lines})
