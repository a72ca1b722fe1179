"""Images for pods, in the form that `ctr images import` reads, out of files of the host's root file system.

Two layers: busybox, and nginx on top of it, so that every pod has `wget`, `ping` and a shell.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

PAGE = "<!doctype html>\n<title>podnet</title>\n<h1>Hello from {}.</h1>\n"
PAGE_PATH = "srv/index.html"
NGINX_CONF = """\
worker_processes 1;
error_log stderr;
pid /run/nginx.pid;
user root root;
events { worker_connections 64; }
http {
    access_log off;
    default_type text/html;
    server {
        listen 80;
        listen [::]:80;
        root /srv;
    }
}
"""
ACCOUNTS = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n"}


def layer(files: dict[str, bytes | str], links: dict[str, str], folders: list[str]) -> bytes:
    """A tar archive of `files` (path to content, all executable), hard `links` (path to path) and `folders`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in folders:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            archive.addfile(entry, io.BytesIO(data))
        for name, target in links.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = tarfile.LNKTYPE, target, 0o755
            archive.addfile(entry)
    return buffer.getvalue()


def busybox_layer(busybox: bytes, applets: list[str]) -> bytes:
    """A root file system of one static program under the names of its `applets` (`bin/ls`, ...)."""
    links = {name: "bin/busybox" for name in applets if name != "bin/busybox"}
    files: dict[str, bytes | str] = {"bin/busybox": busybox, **ACCOUNTS, PAGE_PATH: PAGE.format("busybox")}
    return layer(files, links, ["proc", "sys", "dev", "tmp", "run", "root"])


def nginx_layer(program: bytes, libraries: dict[str, bytes]) -> bytes:
    """The web server, its shared `libraries` (path to content) and the page it serves."""
    files: dict[str, bytes | str] = {"usr/sbin/nginx": program, "etc/nginx/nginx.conf": NGINX_CONF}
    return layer({**files, **libraries, PAGE_PATH: PAGE.format("nginx")}, {}, ["var/lib/nginx", "var/log/nginx"])


def save(archive: Path, images: dict[str, tuple[list[bytes], list[str]]]) -> None:
    """Write `images` (name to layers and command) as one archive in the form of `docker save`."""
    entries: dict[str, bytes] = {}
    manifest: list[dict[str, Any]] = []
    for name, (layers, command) in images.items():
        digests = [hashlib.sha256(content).hexdigest() for content in layers]
        config = json.dumps(
            {
                "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
                "os": "linux",
                "config": {"Cmd": command, "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            }
        ).encode()
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        entries |= {f"{digest}.tar": content for digest, content in zip(digests, layers, strict=True)}
        entries[config_name] = config
        manifest.append({"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}.tar" for digest in digests]})
    entries["manifest.json"] = json.dumps(manifest).encode()
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(layer(dict(entries), {}, []))
