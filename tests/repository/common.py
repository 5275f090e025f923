"""The files that more than one test reads."""

import json
from typing import Any

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT

PRODUCT = ROOT / "custom_components" / DOMAIN
MANIFEST = json.loads((PRODUCT / "manifest.json").read_text())
README = (ROOT / "README.md").read_text()
DOCUMENTS = {
    path: path.read_text() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
EVERYTHING = "\n".join(DOCUMENTS.values())
TREES = {
    path.stem: json.loads(path.read_text())
    for path in sorted((PRODUCT / "translations").iterdir())
}


def leaves(tree: dict[str, Any], path: str = "") -> dict[str, str]:
    """Return the texts of a translation by their dotted path."""
    texts: dict[str, str] = {}
    for key, value in tree.items():
        here = f"{path}.{key}".lstrip(".")
        texts |= leaves(value, here) if isinstance(value, dict) else {here: value}
    return texts
