"""GitHub with this repository and its releases, on loopback.

Answers what Home Assistant's Marketplace asks.
"""

from base64 import b64encode
from collections.abc import Mapping
import io
from pathlib import Path
from typing import Any
import zipfile

from aiohttp import web

from dev import ROOT

from .common import PRODUCT

REPOSITORY = "seed-139e8074/ha-thesmsworks"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PUSHED_AT = "2026-11-23T12:00:00Z"
FILES = {
    str(path.relative_to(ROOT)): path.read_bytes()
    for path in [ROOT / "hacs.json", ROOT / "README.md", *PRODUCT.rglob("*.*")]
    if path.is_file() and path.suffix != ".pyc"
}
TREE = {
    str(folder): "tree" for path in FILES for folder in Path(path).parents
} | dict.fromkeys(FILES, "blob")
DETAILS = {"id": 1, "full_name": REPOSITORY, "default_branch": "main"}
LIMIT = {"limit": 5000, "remaining": 5000, "reset": 2**31, "used": 0}
# Without anything in its catalog, the Marketplace offers nothing.
SOMETHING_ELSE = {
    "domain": "something_else",
    "full_name": "somebody/something-else",
    "manifest_name": "Something else",
}
CATALOG = {"integration": {"2": SOMETHING_ELSE}, "critical": [], "removed": []}


class SimulatedGitHub:
    """The repository on GitHub. `versions` are the releases, newest first.

    All of them have the same files, but for the version in the manifest.
    """

    def __init__(self, version: str) -> None:
        """Initialize the repository with one release, the one that is here."""
        self.versions = [version]
        self._here = version

    def app(self) -> web.Application:
        """Return the application to serve: API, files and catalog."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        match request.path.replace(f"/{REPOSITORY}", "").strip("/").split("/"):
            case ["api", "repos", *call]:
                return web.json_response(self._api(call, request.query))
            case ["api", "rate_limit"]:
                data = {"resources": {"core": LIMIT}, "rate": LIMIT}
                return web.json_response(data)
            case ["raw", ref, *path]:
                return web.Response(body=self._read(path, ref))
            case ["archive", "refs", "tags", name]:
                return web.Response(body=self._archive(name.removesuffix(".zip")))
            case ["catalog", section, _]:
                return web.json_response(CATALOG.get(section, {}))
        raise web.HTTPNotFound

    def _api(self, call: list[str], query: Mapping[str, str]) -> Any:
        match call:
            case []:
                return DETAILS
            case ["releases"]:
                return [
                    {"tag_name": f"v{version}", "published_at": PUSHED_AT, "assets": []}
                    for version in self.versions
                ]
            case ["branches", _]:
                return {"commit": {"sha": COMMIT}}
            case ["git", "trees", _]:
                tree = [{"path": path, "type": kind} for path, kind in TREE.items()]
                return {"sha": COMMIT, "tree": tree}
            case ["contents", *path]:
                content = b64encode(self._read(path, query["ref"]))
                return {"path": "/".join(path), "content": content.decode()}
        raise web.HTTPNotFound

    def _read(self, parts: list[str], ref: str) -> bytes:
        if (path := "/".join(parts)) not in FILES:
            raise web.HTTPNotFound
        if parts[-1] == "manifest.json" and ref.startswith("v"):
            return FILES[path].replace(self._here.encode(), ref[1:].encode())
        return FILES[path]

    def _archive(self, tag: str) -> bytes:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            for path in FILES:
                writer.writestr(
                    f"ha-thesmsworks-{tag[1:]}/{path}", self._read(path.split("/"), tag)
                )
        return archive.getvalue()
