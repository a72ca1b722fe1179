"""One real FRR with files and an installer of its own, as the module ``frr_config`` has them on a host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.install import Installer, Outcome
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.plan import Wish
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import Service, State
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.sessions import Session, planned, sessions
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.vtysh import Vtysh
from tests.kernel.speakers import Speaker

CONFIG = "log syslog informational\n"
DAEMONS = "bgpd=yes\n"
SECRET, OTHER = "correct-horse", "battery-staple"


def content(own: int, peer: int, *more: str) -> str:
    lines = [
        "log syslog informational",
        "!",
        "router bgp 64512",
        f" bgp router-id 192.0.2.{own}",
        " no bgp default ipv4-unicast",
        " no bgp network import-check",
        *more,
        " neighbor nodes peer-group",
        " neighbor nodes remote-as 64512",
        " neighbor nodes password @password@",
        " neighbor nodes timers connect 1",
        f" neighbor 192.0.2.{peer} peer-group nodes",
        f" neighbor 192.0.2.{peer} description peer",
        " !",
        " address-family ipv4 unicast",
        f"  network 10.244.{own}.0/24",
        "  neighbor nodes activate",
        " exit-address-family",
        "exit",
        "!",
    ]
    return "\n".join(lines) + "\n"


class Switched(Service):
    """The service of daemons that the test itself has started: it only remembers."""

    def __init__(self) -> None:
        self.now = State(active=True, enabled=True)
        self.verbs: list[str] = []
        self.reloaded: Callable[[], None] = lambda: None

    def state(self) -> State:
        return self.now

    def change(self, verb: str) -> None:
        self.verbs.append(verb)
        if verb == "reload":
            self.reloaded()

    def forget_files(self) -> None:
        self.verbs.append("daemon-reload")


@dataclass
class Node:
    """One FRR, with files and a module of its own."""

    speaker: Speaker
    folder: Path
    service: Switched = field(default_factory=Switched)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        names = ("frr.conf", "frr.json", "podnet.conf", "frr.awaited")
        self.paths = Paths(*(str(self.folder / name) for name in names))
        Path(self.paths.config).write_text(CONFIG)
        Path(self.paths.daemons).write_text(DAEMONS)
        self.vtysh = Vtysh(["--vty_socket", str(self.speaker.folder)])
        self.installer = Installer(self.paths, self.vtysh, self.service)

    def bring(
        self,
        text: str,
        secret: str = SECRET,
        check: bool = False,
        keep_routes: bool = False,
        join: bool = False,
        router: str = "",
        daemons: Sequence[str] = ("bgpd",),
    ) -> Outcome:
        wish = Wish(text, daemons, join=join, keep_routes=keep_routes)
        secrets = Secrets({"@password@": secret, **({"@router_1_password@": router} if router else {})})
        return self.installer.bring(wish, secrets, check=check)

    def planned(self) -> list[Session]:
        """The sessions that the configuration on record asks for."""
        kept = ledger.read(self.paths.ledger)
        assert kept is not None
        return planned(sessions(self.vtysh.json("show bgp neighbors json")), kept.content)

    @property
    def since(self) -> int | None:
        """When its session was established."""
        (session,) = sessions(self.vtysh.json("show bgp neighbors json"))
        return session.since
