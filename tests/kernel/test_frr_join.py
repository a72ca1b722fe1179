"""Real FRR that others use is joined and left, and their sessions hear nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from tests.kernel.frr_node import CONFIG, SECRET, Node, content
from tests.kernel.speakers import lab, until

#: What others have told an FRR that is in use: a session of theirs in the same AS, and what it takes.
THEIRS = """\
ip prefix-list theirs seq 5 permit 203.0.113.0/24
!
router bgp 64512
 bgp router-id 192.0.2.1
 no bgp default ipv4-unicast
 no bgp network import-check
 neighbor 192.0.2.3 remote-as 64512
 neighbor 192.0.2.3 description theirs
 neighbor 192.0.2.3 timers connect 1
 !
 address-family ipv4 unicast
  network 203.0.113.0/24
  neighbor 192.0.2.3 activate
  neighbor 192.0.2.3 prefix-list theirs out
 exit-address-family
exit
!
"""


def test_an_frr_in_use_is_joined_and_left_without_a_word_to_its_neighbors(tmp_path: Path) -> None:
    with lab() as segment:
        first, second, other = (
            Node(segment.speaker(f"node{own}", f"192.0.2.{own}/24"), tmp_path / str(own)) for own in (1, 2, 3)
        )
        stranger = other.speaker
        stranger.configure(
            "router bgp 64512\n neighbor 192.0.2.1 remote-as 64512\n neighbor 192.0.2.1 timers connect 1"
        )
        first.speaker.stop("bfdd")
        Path(first.paths.config).write_text(CONFIG + THEIRS)
        first.vtysh.reload(CONFIG + THEIRS)
        stranger.until_routes({"203.0.113.0/24": ["192.0.2.1"]})
        before = stranger.connected()
        second.bring(content(2, 1))
        with pytest.raises(FrrError, match=r"used for other things on this host .*give join"):
            first.bring(content(1, 2))

        shown: list[str] = []

        def reload() -> None:
            """As FRR's service does: start what is switched on, and tell all what the file says, for all to read."""
            shown.append(Path(first.paths.config).read_text())
            first.speaker.start("bfdd")
            first.vtysh.reload(shown[-1])

        first.service.reloaded = reload
        outcome = first.bring(content(1, 2), join=True, daemons=["bgpd", "bfdd"])
        assert outcome.joined
        assert first.service.verbs == ["reload"]
        assert [text for text in shown if SECRET in text] == []
        until("our session is up", lambda: "10.244.1.0/24" in second.speaker.routes(), True)
        assert Path(first.paths.config).read_text().startswith(CONFIG + THEIRS)
        assert not first.bring(content(1, 2), join=True, daemons=["bgpd", "bfdd"]).changed

        first.service.reloaded = lambda: None
        assert first.installer.take_away(check=False).changed
        second.speaker.until_routes({})
        assert Path(first.paths.config).read_text() == CONFIG + THEIRS
        assert "192.0.2.2" not in first.vtysh.running()
        assert stranger.routes() == {"203.0.113.0/24": ["192.0.2.1"]}
        assert stranger.connected() == before


def test_an_frr_that_cannot_take_what_joins_it_goes_on_as_it_was(tmp_path: Path) -> None:
    with lab() as segment:
        first, other = (Node(segment.speaker(f"node{own}", f"192.0.2.{own}/24"), tmp_path / str(own)) for own in (1, 3))
        other.speaker.configure("router bgp 64512\n neighbor 192.0.2.1 remote-as 64512")
        Path(first.paths.config).write_text(CONFIG + THEIRS)
        first.vtysh.reload(CONFIG + THEIRS)
        other.speaker.until_routes({"203.0.113.0/24": ["192.0.2.1"]})
        before, running = other.speaker.connected(), first.vtysh.running()
        wrong = content(1, 2).replace(" neighbor nodes timers", " neighbor nodes ebgp-multihop\n neighbor nodes timers")
        with pytest.raises(FrrError, match=r"(?s)has another one now.*The configuration of before is in place again"):
            first.bring(wrong, join=True)
        assert (first.vtysh.running(), other.speaker.connected()) == (running, before)
        assert Path(first.paths.config).read_text() == CONFIG + THEIRS
