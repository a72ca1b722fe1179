"""Archives of pod images are what `docker save` writes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from lab import podimages


def names(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {entry.name: entry for entry in opened}


def test_applets_are_executable_names_of_one_program() -> None:
    entries = names(podimages.busybox_layer(b"program", ["bin/busybox", "bin/sh", "usr/bin/wget"]))
    assert entries["bin/sh"].islnk()
    assert entries["bin/sh"].linkname == "bin/busybox"
    # A link's mode is set on the file it links to.
    assert entries["bin/busybox"].mode == entries["usr/bin/wget"].mode == 0o755


def test_server_brings_its_libraries_and_a_page_of_its_own() -> None:
    entries = names(podimages.nginx_layer(b"program", {"lib/libc.so.6": b"library"}))
    assert {"usr/sbin/nginx", "lib/libc.so.6", "etc/nginx/nginx.conf", podimages.PAGE_PATH} <= set(entries)


def test_archive_names_each_layer_by_its_digest_and_shares_equal_ones(tmp_path: Path) -> None:
    archive = tmp_path / "folder" / "images.tar"
    podimages.save(archive, {"a:1": ([b"base"], ["sh"]), "b:1": ([b"base", b"more"], ["run"])})
    with tarfile.open(archive) as opened:
        read = {entry.name: (opened.extractfile(entry) or io.BytesIO()).read() for entry in opened}
    manifest = json.loads(read["manifest.json"])
    base, more = (f"{hashlib.sha256(content).hexdigest()}.tar" for content in (b"base", b"more"))
    assert [(image["RepoTags"], image["Layers"]) for image in manifest] == [(["a:1"], [base]), (["b:1"], [base, more])]
    assert read[base] == b"base"
    config = json.loads(read[manifest[1]["Config"]])
    assert config["rootfs"]["diff_ids"] == [f"sha256:{name.removesuffix('.tar')}" for name in (base, more)]
    assert config["config"]["Cmd"] == ["run"]
