"""Daemons are switched on and off in the package's own file."""

from __future__ import annotations

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.daemons import (
    enabled,
    keeping_routes,
    switches,
    with_enabled,
    without_enabled,
    without_keeping,
)

FILE = """\
# bgpd=yes is how it is switched on
zebra=yes
bgpd=no
ospfd=yes
vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000"
"""


def test_what_is_on() -> None:
    assert enabled(FILE) == {"ospfd"}


def test_only_a_daemon_that_goes_on_or_off_takes_a_restart() -> None:
    switched = with_enabled(FILE, ["bgpd"])
    assert switches(FILE, switched)
    assert switches(switched, FILE)
    assert switches(None, switched)
    assert not switches(switched, keeping_routes(switched))
    assert not switches(None, "")


def test_on_and_off_again_is_the_file_as_it_was() -> None:
    switched = with_enabled(FILE, ["bgpd"])
    assert switched == FILE.replace("bgpd=no", "bgpd=yes")
    assert without_enabled(switched, ["bgpd"]) == FILE


def test_a_daemon_that_the_file_does_not_name_is_added() -> None:
    assert with_enabled(FILE, ["bfdd"]) == FILE + "bfdd=yes\n"


def test_zebra_leaves_routes_when_it_starts() -> None:
    kept = keeping_routes(FILE)
    assert 'zebra_options="  -A 127.0.0.1 -s 90000000 -K 120"\n' in kept
    assert keeping_routes(kept) == kept
    assert without_keeping(kept) == FILE


def test_zebra_that_is_told_how_long_already_stays_so() -> None:
    told = FILE.replace("90000000", "90000000 -K 60")
    assert keeping_routes(told) == told
