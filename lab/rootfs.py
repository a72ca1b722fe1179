"""Finish the hosts' root file system: mmdebstrap calls this with the folder it stands in.

What roles, scenarios and bench install is not installed here but lies in the image as a package repository, so that
the roles do their work for real and without a network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from lab import podimages
from lab.paths import LAB
from lab.process import run

FOR_THE_ROLES = ("python3-pyroute2", "ipset", "containernetworking-plugins", "frr", "frr-pythontools")
FOR_THE_SCENARIOS = ("firewalld", "ufw", "nftables")
FOR_THE_BENCH = ("iperf3",)
FOR_POD_IMAGES = ("busybox-static", "nginx")
ARCHIVES = Path("var/cache/apt/archives")
PACKAGE_FOLDER = Path("usr/local/share/podnet-lab/packages")
IMAGE_ARCHIVE = Path("usr/local/share/podnet-lab/pod-images.tar")
UNITS_OFF = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "getty@.service",
    "systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount",
)  # fmt: skip
UNITS_ON = (
    "podnet-lab-images.service", "podnet-lab-modules.service", "podnet-lab-mounts.service", "podnet-lab-routes.service",
)  # fmt: skip


def finish(root: Path) -> None:
    """Turn the bare system at `root` into a host of the lab."""
    save_pod_images(root)
    make_package_repository(root)
    install_files(root)
    spare_the_machines_kernel(root)
    run(["chroot", root, "systemctl", "mask", "--quiet", *UNITS_OFF])
    run(["chroot", root, "systemctl", "enable", "--quiet", *UNITS_ON])


def download(root: Path, *arguments: str) -> list[Path]:
    """Let apt, with the sources of the system being made, fetch packages into its archive folder."""
    for old in (root / ARCHIVES).glob("*.deb"):
        old.unlink()
    # mmdebstrap names here the configuration by which the machine's own apt works on the system being made.
    environment = f"APT_CONFIG={os.environ['MMDEBSTRAP_APT_CONFIG']}"
    run(["env", environment, "apt-get", "install", "--yes", "-qq", "--download-only", *arguments])
    return sorted((root / ARCHIVES).glob("*.deb"))


def save_pod_images(root: Path) -> None:
    """Make the pods' images out of Debian's busybox and nginx."""
    debs = {deb.name.split("_")[0]: deb for deb in download(root, *FOR_POD_IMAGES)}
    with tempfile.TemporaryDirectory(dir=root) as folder:
        unpacked = Path(folder)
        for package in FOR_POD_IMAGES:
            run(["dpkg-deb", "--extract", debs[package], unpacked])
        busybox = unpacked / "bin" / "busybox"
        nginx = unpacked / "usr" / "sbin" / "nginx"
        base = podimages.busybox_layer(busybox.read_bytes(), run([busybox, "--list-full"]).split())
        server = podimages.nginx_layer(nginx.read_bytes(), libraries(root, nginx))
    podimages.save(
        root / IMAGE_ARCHIVE,
        {
            "localhost/pause:lab": ([base], ["sleep", "infinity"]),
            "localhost/busybox:lab": ([base], ["sh"]),
            "localhost/nginx:lab": ([base, server], ["nginx", "-g", "daemon off;"]),
        },
    )


def libraries(root: Path, program: Path) -> dict[str, bytes]:
    """The shared libraries of a program under `root`, as the system there resolves them: path to content."""
    listing = run(["chroot", root, "ldd", f"/{program.relative_to(root)}"])
    paths = re.findall(r"(/\S+) \(0x", listing)
    return {path.lstrip("/"): (root / path.lstrip("/")).read_bytes() for path in paths}


def make_package_repository(root: Path) -> None:
    """Put what is installed later, with its dependencies, into a flat repository that is the host's only one."""
    folder = root / PACKAGE_FOLDER
    folder.mkdir(parents=True)
    stanzas = []
    for deb in download(root, *FOR_THE_ROLES, *FOR_THE_SCENARIOS, *FOR_THE_BENCH):
        content = deb.read_bytes()
        fields = run(["dpkg-deb", "--field", deb]).rstrip("\n")
        digest = hashlib.sha256(content).hexdigest()
        stanzas.append(f"{fields}\nFilename: ./{deb.name}\nSize: {len(content)}\nSHA256: {digest}\n")
        shutil.move(deb, folder / deb.name)
    (folder / "Packages").write_text("\n".join(stanzas))
    shutil.rmtree(root / "var/lib/apt/lists")
    (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:/{PACKAGE_FOLDER} ./\n")
    run(["chroot", root, "apt-get", "update", "-qq"])


def install_files(root: Path) -> None:
    """Copy `node/files` over the system, and the modules of `node` to where its Python finds them."""
    files, modules = LAB / "node" / "files", root / "usr/local/lib/python3.11/dist-packages"
    for path in filter(Path.is_file, files.rglob("*")):
        install(path, root / path.relative_to(files))
    for path in (LAB / "node" / "podctl").glob("*.py"):
        install(path, modules / "podctl" / path.name)
    install(LAB / "node" / "compile_once.py", modules / "compile_once.py")
    run(["protoc", f"--proto_path={LAB / 'node'}", f"--python_out={modules}", LAB / "node" / "podctl" / "cri.proto"])


def install(source: Path, target: Path) -> None:
    """Copy a file with the modes that it has in git, whatever umask the checkout was made with."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def spare_the_machines_kernel(root: Path) -> None:
    """Leave of the distribution's sysctl settings those of a network namespace: the others are the machine's."""
    for settings in (root / "usr/lib/sysctl.d").glob("*.conf"):
        lines = settings.read_text().splitlines(keepends=True)
        settings.write_text("".join(line for line in lines if line.lstrip("-").startswith("net.")))


if __name__ == "__main__":
    os.umask(0o022)
    finish(Path(sys.argv[1]))
