"""GitHub with this repository and one release of it, on loopback.

Serves what Home Assistant's Marketplace asks of it, from the files that git tracks.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io
import json
from pathlib import Path
import subprocess
import zipfile

from aiohttp import web
from aiohttp.test_utils import TestServer

from scripts.demo.seed import ROOT

REPOSITORY = "seed-139e8074/ha-thesmsworks"
MANIFEST = ROOT / "custom_components" / "thesmsworks" / "manifest.json"
TAG = f"v{json.loads(MANIFEST.read_text())['version']}"
# Without anything in its catalog, the Marketplace offers nothing.
SOMETHING_ELSE = {
    "description": "Something else",
    "domain": "something_else",
    "etag_repository": "1",
    "full_name": "somebody/something-else",
    "last_commit": "0123456",
    "last_fetched": 1,
    "last_updated": "2026-11-23T12:00:00Z",
    "manifest": {},
    "manifest_name": "Something else",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _files() -> list[str]:
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    return [path for path in tracked.split("\0") if (ROOT / path).is_file()]


def _archive() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for path in _files():
            writer.write(ROOT / path, f"ha-thesmsworks-{TAG.removeprefix('v')}/{path}")
    return archive.getvalue()


def _tree() -> list[dict[str, str]]:
    files = _files()
    folders = {
        str(folder) for path in files for folder in Path(path).parents if folder.name
    }
    return [
        *({"path": path, "type": "tree"} for path in sorted(folders)),
        *({"path": path, "type": "blob"} for path in files),
    ]


async def _repository(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "id": 1,
            "full_name": REPOSITORY,
            "default_branch": "main",
            "description": "Your credit at The SMS Works",
            "has_issues": True,
            "pushed_at": "2026-11-23T12:00:00Z",
            "topics": [],
        }
    )


async def _releases(request: web.Request) -> web.Response:
    release = {
        "tag_name": TAG,
        "name": TAG,
        "draft": False,
        "prerelease": False,
        "published_at": "2026-11-23T12:00:00Z",
        "assets": [],
        "body": "",
    }
    return web.json_response([release])


async def _branch(request: web.Request) -> web.Response:
    return web.json_response({"commit": {"sha": COMMIT}})


async def _trees(request: web.Request) -> web.Response:
    return web.json_response({"sha": COMMIT, "tree": _tree()})


async def _contents(request: web.Request) -> web.Response:
    path = request.match_info["path"]
    if path not in _files():
        raise web.HTTPNotFound
    content = b64encode((ROOT / path).read_bytes()).decode()
    return web.json_response({"path": path, "content": content})


async def _raw(request: web.Request) -> web.FileResponse:
    path = request.match_info["path"]
    if path not in _files():
        raise web.HTTPNotFound
    return web.FileResponse(ROOT / path)


async def _zip(request: web.Request) -> web.Response:
    return web.Response(body=_archive(), content_type="application/zip")


async def _limits(request: web.Request) -> web.Response:
    core = {"limit": 5000, "remaining": 5000, "reset": 2**31, "used": 0}
    return web.json_response({"resources": {"core": core}, "rate": core})


async def _catalog(request: web.Request) -> web.Response:
    section = request.match_info["section"]
    if section == "integration":
        return web.json_response({"2": SOMETHING_ELSE})
    return web.json_response([] if section in ("critical", "removed") else {})


@asynccontextmanager
async def simulated_github() -> AsyncIterator[str]:
    """Serve it, and yield its address: the API, files and catalog are below it."""
    api = f"/api/repos/{REPOSITORY}"
    app = web.Application()
    app.add_routes(
        [
            web.get(api, _repository),
            web.get(f"{api}/releases", _releases),
            web.get(f"{api}/branches/main", _branch),
            web.get(f"{api}/git/trees/{{ref:.+}}", _trees),
            web.get(f"{api}/contents/{{path:.+}}", _contents),
            web.get("/api/rate_limit", _limits),
            web.get(f"/raw/{REPOSITORY}/{{ref}}/{{path:.+}}", _raw),
            web.get(f"/{REPOSITORY}/archive/refs/tags/{TAG}.zip", _zip),
            web.get("/catalog/{section}/data.json", _catalog),
        ]
    )
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()
