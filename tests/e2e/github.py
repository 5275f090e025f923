"""GitHub with this repository and its releases, on loopback.

Serves what Home Assistant's Marketplace asks of it, from the files that git tracks.
"""

from base64 import b64encode
import io
import json
from pathlib import Path
import subprocess
import zipfile

from aiohttp import web

from dev import ROOT

REPOSITORY = "seed-139e8074/ha-thesmsworks"
API = f"/api/repos/{REPOSITORY}"
MANIFEST = "custom_components/thesmsworks/manifest.json"
VERSION = json.loads((ROOT / MANIFEST).read_text())["version"]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PUSHED_AT = "2026-11-23T12:00:00Z"

# Without anything in its catalog, the Marketplace offers nothing.
SOMETHING_ELSE = {
    "description": "Something else",
    "domain": "something_else",
    "etag_repository": "1",
    "full_name": "somebody/something-else",
    "last_commit": COMMIT[:7],
    "last_fetched": 1,
    "last_updated": PUSHED_AT,
    "manifest": {},
    "manifest_name": "Something else",
}


class SimulatedGitHub:
    """The repository on GitHub. `versions` are the releases, newest first.

    All of them have the same files, but for the version in the manifest.
    """

    def __init__(self) -> None:
        """Initialize the repository with a release of what is in the manifest."""
        self.versions = [VERSION]
        self.url = ""
        self._files = _tracked_files()

    def app(self) -> web.Application:
        """Return the application to serve: API, files and catalog."""
        app = web.Application()
        app.add_routes(
            [
                web.get(API, self._repository),
                web.get(f"{API}/releases", self._releases),
                web.get(f"{API}/branches/main", self._branch),
                web.get(f"{API}/git/trees/{{ref:.+}}", self._tree),
                web.get(f"{API}/contents/{{path:.+}}", self._contents),
                web.get("/api/rate_limit", self._limits),
                web.get(f"/raw/{REPOSITORY}/{{ref}}/{{path:.+}}", self._raw),
                web.get(f"/{REPOSITORY}/archive/refs/tags/{{tag}}.zip", self._archive),
                web.get("/catalog/{section}/data.json", self._catalog),
            ]
        )
        return app

    async def _repository(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "id": 1,
                "full_name": REPOSITORY,
                "default_branch": "main",
                "description": "Your credit at The SMS Works",
                "has_issues": True,
                "pushed_at": PUSHED_AT,
                "topics": [],
            }
        )

    async def _releases(self, request: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "tag_name": f"v{version}",
                    "name": f"v{version}",
                    "draft": False,
                    "prerelease": False,
                    "published_at": PUSHED_AT,
                    "assets": [],
                    "body": "",
                }
                for version in self.versions
            ]
        )

    async def _branch(self, request: web.Request) -> web.Response:
        return web.json_response({"commit": {"sha": COMMIT}})

    async def _tree(self, request: web.Request) -> web.Response:
        folders = {
            str(folder)
            for path in self._files
            for folder in Path(path).parents
            if folder.name
        }
        tree = [
            *({"path": path, "type": "tree"} for path in sorted(folders)),
            *({"path": path, "type": "blob"} for path in self._files),
        ]
        return web.json_response({"sha": COMMIT, "tree": tree})

    async def _contents(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        content = self._read(path, request.query["ref"])
        return web.json_response({"path": path, "content": b64encode(content).decode()})

    async def _raw(self, request: web.Request) -> web.Response:
        path, ref = request.match_info["path"], request.match_info["ref"]
        return web.Response(body=self._read(path, ref))

    async def _archive(self, request: web.Request) -> web.Response:
        tag = request.match_info["tag"]
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
            for path in self._files:
                name = f"ha-thesmsworks-{tag.removeprefix('v')}/{path}"
                writer.writestr(name, self._read(path, tag))
        return web.Response(body=archive.getvalue(), content_type="application/zip")

    async def _limits(self, request: web.Request) -> web.Response:
        core = {"limit": 5000, "remaining": 5000, "reset": 2**31, "used": 0}
        return web.json_response({"resources": {"core": core}, "rate": core})

    async def _catalog(self, request: web.Request) -> web.Response:
        section = request.match_info["section"]
        if section == "integration":
            return web.json_response({"2": SOMETHING_ELSE})
        return web.json_response([] if section in ("critical", "removed") else {})

    def _read(self, path: str, ref: str) -> bytes:
        """Return a file as it is in a release or on main."""
        if path not in self._files:
            raise web.HTTPNotFound
        content = (ROOT / path).read_bytes()
        if path == MANIFEST and ref.startswith("v"):
            content = content.replace(VERSION.encode(), ref.removeprefix("v").encode())
        return content


def _tracked_files() -> list[str]:
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    return [path for path in tracked.split("\0") if (ROOT / path).is_file()]
