"""What the engine does when something fails: exact errors, everything taken back, crashes healed."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import subprocess
import threading

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, execution, ledger, lock, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import (
    ApplyError,
    EngineError,
    LedgerError,
    LockError,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import link_codec, world
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from ansible_collections.podnet.baremetal.plugins.module_utils.state.reasons import reason
from tests.kernel.overlay import bridge, overlay
from tests.kernel.picture import picture
from tests.kernel.test_apply import snapshot
from tests.kernel.whole import first, second

pytestmark = pytest.mark.usefixtures("namespace")


def test_each_bad_entry_among_good_ones_is_named_with_its_reason(run, paths):
    engine.apply("vxlan", overlay(0), paths=paths)
    before = snapshot(run)
    wanted = overlay(500)
    wanted["routes"][7]["src"] = "192.0.2.1"
    wanted["routes"][450].update(gateway="10.99.0.1", onlink=False)

    with pytest.raises(ApplyError) as caught:
        engine.apply("vxlan", wanted, paths=paths)

    reasons = {failure.change.key[0]: (failure.errno, failure.message) for failure in caught.value.failures}
    assert reasons == {
        "10.244.8.0/24": (errno.EINVAL, "Invalid prefsrc address"),
        "10.245.195.0/24": (errno.ENETUNREACH, "Nexthop has invalid gateway"),
    }
    assert "route 10.245.195.0/24: add: ENETUNREACH: Nexthop has invalid gateway" in str(caught.value)
    assert caught.value.left == []
    assert snapshot(run) == before
    assert ledger.load(paths.ledgers, "vxlan").document["links"].keys() == {("cni0",), ("vx0",)}
    assert not engine.apply("vxlan", overlay(0), paths=paths).changed


def test_an_object_on_a_missing_device_is_named(paths):
    with pytest.raises(ApplyError, match=r"address 192.0.2.1/24 on nowhere: add: ENODEV: there is no device nowhere"):
        engine.apply("one", {"version": 1, "addresses": [{"dev": "nowhere", "address": "192.0.2.1/24"}]}, paths=paths)
    assert ledger.names(paths.ledgers) == []


def test_a_failed_change_of_an_applied_document_goes_back_to_it(run, paths):
    run("ip link add stranger type bridge; ip link set stranger up")
    run("ip route add 10.88.0.0/16 dev stranger proto static")
    engine.apply("vxlan", overlay(3), paths=paths)
    before, kept = snapshot(run), ledger.load(paths.ledgers, "vxlan")
    wanted = overlay(5)
    del wanted["routes"][0], wanted["fdb"][0]
    wanted["links"][1].update(mtu=1400, vni=300, recreate=True)
    wanted["addresses"][0]["noprefixroute"] = True
    wanted["routes"].append({"dst": "10.88.0.0/16", "dev": "stranger", "mtu": 1280})
    wanted["routes"].append({"dst": "10.89.0.0/16", "gateway": "203.0.113.7"})

    with pytest.raises(ApplyError, match=r"route 10.89.0.0/16: add: ENETUNREACH"):
        engine.apply("vxlan", wanted, paths=paths)

    assert snapshot(run) == before
    assert ledger.load(paths.ledgers, "vxlan") == kept


MISSING = "add: added without an error, but it is not there"
OTHERWISE = "changed without an error, but"
#: For each section an object of the second document, and what is said where nothing was done to it.
IGNORED = {
    "links": (("cni0",), f"link cni0: change: {OTHERWISE} mtu is 1450 instead of 1400"),
    "addresses": (("cni0", "10.99.0.1/32"), f"address 10.99.0.1/32 on cni0: {MISSING}"),
    "neighbors": (("vx0", "10.244.9.1"), f"neighbor 10.244.9.1 on vx0: {MISSING}"),
    "fdb": (("vx0", "02:00:5e:01:00:09"), f"fdb entry 02:00:5e:01:00:09 on vx0: {MISSING}"),
    "routes": (("10.244.9.0/24",), f"route 10.244.9.0/24: {MISSING}"),
    "rules": (("ipv4", 100), rf"rule 100 .* \(ipv4\): recreate: {OTHERWISE} table is 100 instead of 254"),
    "sysctls": (
        ("net.ipv4.conf.lo.send_redirects",),
        f"sysctl net.ipv4.conf.lo.send_redirects: change: {OTHERWISE} value is 1 instead of 0",
    ),
    "ipsets": (("podnet-pods",), f"ipset podnet-pods: change: {OTHERWISE} entries lack .* and have .* and 95 more too"),
    "iptables": (
        ("ipv4", "filter", "PODNET-FORWARD"),
        f"FORWARD .*: change: {OTHERWISE} rules lack .* '-j RETURN' and",
    ),
}


@pytest.mark.parametrize("section", IGNORED)
def test_what_the_kernel_accepts_and_ignores_is_an_error(run, paths, monkeypatch, section):
    ignored, said = IGNORED[section]
    engine.apply("whole", first(), paths=paths)
    before = picture(run)
    wanted = second()
    wanted["addresses"].append({"dev": "cni0", "address": "10.99.0.1/32"})
    real = world.apply

    def ignoring(name, changes):
        return real(name, [each for each in changes if name != section or each.key[: len(ignored)] != ignored])

    monkeypatch.setattr(world, "apply", ignoring)

    with pytest.raises(ApplyError, match=said) as caught:
        engine.apply("whole", wanted, paths=paths)

    assert len(caught.value.failures) == 1
    monkeypatch.undo()
    assert picture(run) == before


def test_what_others_take_away_meanwhile_is_made_again(run, paths, monkeypatch):
    real, interferences = world.apply, ["ip route delete 10.244.1.0/24"]

    def interfered(section, changes):
        failures = real(section, changes)
        if section == "routes" and interferences:
            run(interferences.pop())
        return failures

    monkeypatch.setattr(world, "apply", interfered)
    engine.apply("vxlan", overlay(2), paths=paths)

    assert not engine.apply("vxlan", overlay(2), paths=paths).changed


@pytest.mark.parametrize("section", ["links", "addresses", "neighbors", "fdb", "routes"])
def test_a_kill_at_any_section_leaks_nothing_and_is_healed(run, paths, monkeypatch, section):
    engine.apply("vxlan", overlay(4), paths=paths)
    wanted = overlay(6)
    del wanted["routes"][1], wanted["neighbors"][1], wanted["fdb"][1]
    wanted["links"][1]["mtu"] = 1400
    wanted["addresses"] = [
        {"dev": "cni0", "address": "10.244.0.1/24", "scope": "global"},
        {"dev": "cni0", "address": "10.244.0.2/24"},
    ]
    killed_at(section, wanted, paths, monkeypatch)

    kept = ledger.load(paths.ledgers, "vxlan")
    assert ("10.244.2.0/24", 254, 0, 0) in kept.leaving["routes"], "what was about to go is no longer ours"
    assert ("10.244.6.0/24", 254, 0, 0) in kept.document["routes"], "what was about to come is not ours yet"
    engine.apply("vxlan", wanted, paths=paths)

    assert "10.244.2.0/24" not in run("ip route")
    assert "mtu 1400" in run("ip link show vx0")
    assert ledger.load(paths.ledgers, "vxlan").leaving == {}
    assert not engine.apply("vxlan", wanted, paths=paths).changed
    engine.remove("vxlan", paths=paths)
    assert len(run("ip -o link").splitlines()) == 1


def test_a_kill_of_the_first_apply_is_removed_as_a_whole(run, paths, monkeypatch):
    before = snapshot(run)
    killed_at("neighbors", overlay(3), paths, monkeypatch)
    assert "vx0" in run("ip link")

    engine.remove("vxlan", paths=paths)

    assert snapshot(run) == before
    assert ledger.names(paths.ledgers) == []


def killed_at(section, wanted, paths, monkeypatch):
    """Apply in a child that is killed when it has done this section's changes."""
    real = world.apply

    def deadly(name, changes):
        failures = real(name, changes)
        if name == section and any(change.after is not None for change in changes):
            os.kill(os.getpid(), signal.SIGKILL)
        return failures

    child = os.fork()
    if not child:
        monkeypatch.setattr(world, "apply", deadly)
        engine.apply("vxlan", wanted, paths=paths)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


WHOLE = '{"format": 1, "name": "vxlan", "document": {"version": 1}, "leaving": {"version": 1}, "found": [%s]}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "Expecting property name"),
        ('{"format": 2, "name": "vxlan"}', "it has format 2, and this version knows 1"),
        ('{"format": 1, "name": "vxlan"}', "'document' is missing"),
        ('{"format": 1, "name": "other", "document": {"version": 1}}', "it is that of document 'other'"),
        ('{"format": 1, "name": "vxlan", "document": {"version": 1, "links": [{"name": ""}]}}', "is no interface name"),
        ("[]", "list indices must be"),
        ("", "Expecting value"),
        ("7", "is not subscriptable"),
        ("null", "is not subscriptable"),
        ("[" * 100_000, "recursion"),
        ("\0\x7f\udcff", "Expecting value"),
        ('{"format": "1", "name": "vxlan"}', "it has format '1'"),
        ('{"format": 1, "name": "vxlan", "document": []}', "is no JSON object"),
        ('{"format": 1, "name": "vxlan", "document": {"version": 2}}', "the only version known here"),
        (WHOLE % '{"section": "nonsense", "key": ["x"], "attributes": {}}', "is no key of section 'nonsense'"),
        (WHOLE % '{"section": "links", "key": [], "attributes": {}}', "is no key of section 'links'"),
        (WHOLE % '{"section": "links", "key": [["x"]], "attributes": {}}', "unhashable"),
        (WHOLE % '{"section": "links", "key": ["x"], "attributes": 7}', "not iterable"),
        ((WHOLE % "")[:-1], "Expecting ',' delimiter"),
    ],
)
def test_a_ledger_that_cannot_be_trusted_is_refused_with_a_way_out(run, paths, content, reason):
    engine.apply("vxlan", overlay(1), paths=paths)
    before = snapshot(run)
    with open(f"{paths.ledgers}/vxlan.json", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(content)

    with pytest.raises(LedgerError, match=reason) as caught:
        engine.apply("vxlan", overlay(2), paths=paths)
    assert "move it away and apply document vxlan again" in str(caught.value)
    with pytest.raises(LedgerError, match=reason):
        engine.remove("vxlan", paths=paths)
    assert snapshot(run) == before


def test_a_directory_in_a_ledgers_place_is_refused(run, paths):
    os.makedirs(f"{paths.ledgers}/vxlan.json")
    for action in (lambda: engine.apply("vxlan", overlay(1), paths=paths), lambda: engine.remove("vxlan", paths=paths)):
        with pytest.raises(LedgerError, match=r"vxlan\.json cannot be read, so nothing was changed: .*Is a directory"):
            action()
    assert "vx0" not in run("ip link")


def test_a_full_disk_is_an_error_before_anything_changes(run, paths):
    """In a mount namespace of the child's own, where the ledgers' directory has room for one page."""
    os.makedirs(paths.ledgers)
    child = os.fork()
    if not child:
        status = 1
        try:
            mount_tiny(paths.ledgers)
            engine.apply("vxlan", overlay(1), paths=paths)
            kept = ledger.load(paths.ledgers, "vxlan")
            with pytest.raises(LedgerError, match=r"what document vxlan holds cannot be kept in .* No space left"):
                engine.apply("vxlan", overlay(200), paths=paths)
            assert ledger.load(paths.ledgers, "vxlan") == kept
            assert os.listdir(paths.ledgers) == ["vxlan.json"]
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert "10.244.1.0/24" in run("ip route")
    assert "10.244.2.0/24" not in run("ip route")


@pytest.fixture
def full_disk(monkeypatch):
    """From now on."""

    def begin():
        monkeypatch.setattr(os, "fsync", refused)

    def refused(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    return begin


@pytest.mark.usefixtures("underlay")
def test_drift_on_a_full_disk_still_tells_what_it_repaired(run, paths, full_disk):
    engine.apply("vxlan", overlay(1), paths=paths)
    kept = ledger.load(paths.ledgers, "vxlan")
    ledger.save(paths.ledgers, kept._replace(leaving={"routes": normalise(overlay(2))["routes"]}))
    run("ip route delete 10.244.1.0/24")
    full_disk()

    outcome = restore.restore(paths)

    assert [reason(change) for change in outcome.changes] == ["route 10.244.1.0/24 is missing"]
    place = f"what document vxlan holds cannot be kept in {paths.ledgers}"
    why = f"[Errno 28] No space left on device: '{paths.ledgers}/vxlan.json'"
    assert (outcome.warnings, outcome.failures) == ([f"{place}: {why}"], [])


def test_a_failed_apply_is_told_though_the_disk_has_become_full(run, paths, monkeypatch, full_disk):
    engine.apply("vxlan", overlay(1), paths=paths)
    before = snapshot(run)
    real = execution.carry_out

    def filling(*arguments, **options):
        full_disk()
        return real(*arguments, **options)

    monkeypatch.setattr(execution, "carry_out", filling)
    wanted = overlay(2)
    wanted["routes"].append({"dst": "10.60.0.0/16", "gateway": "192.0.2.9"})

    with pytest.raises(
        ApplyError, match=r"all that this run had changed was taken back\.\nBut .* vxlan holds"
    ) as caught:
        engine.apply("vxlan", wanted, paths=paths)

    assert "route 10.60.0.0/16: add: ENETUNREACH" in str(caught.value)
    assert f"No space left on device: '{paths.ledgers}/vxlan.json'" in str(caught.value)
    assert snapshot(run) == before


def mount_tiny(directory):
    if ctypes.CDLL(None).unshare(0x20000) != 0:  # CLONE_NEWNS
        raise OSError("unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", directory], check=True)


def test_the_ledger_is_json_with_one_object_a_line(paths):
    engine.apply("vxlan", overlay(2), paths=paths)

    with open(f"{paths.ledgers}/vxlan.json", encoding="utf-8") as file:
        text = file.read()
    assert len(json.loads(text)["document"]["routes"]) == 2
    assert sum('"gateway"' in line for line in text.splitlines()) == 2
    assert os.stat(f"{paths.ledgers}/vxlan.json").st_mode & 0o777 == 0o644


def test_two_applies_at_once_come_one_after_the_other(run, paths, monkeypatch):
    inside, overlaps, real = [], [], execution.carry_out

    def watched(*arguments, **options):
        inside.append(1)
        overlaps.append(len(inside))
        try:
            return real(*arguments, **options)
        finally:
            inside.pop()

    monkeypatch.setattr(execution, "carry_out", watched)
    threads = [
        threading.Thread(target=engine.apply, args=("vxlan", overlay(peers), False, paths)) for peers in (3, 30, 2, 20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert overlaps == [1] * len(overlaps)
    document = ledger.load(paths.ledgers, "vxlan").document
    assert len(run("ip route show proto 244").splitlines()) == len(document["routes"])


def test_a_lock_that_does_not_come_free_is_an_error_that_names_its_holder(paths):
    with lock.exclusive(paths.lock):
        with pytest.raises(LockError, match=f"process {os.getpid()}"), lock.exclusive(paths.lock, 0.1):
            pass
        with pytest.raises(LockError, match="for more than 0 seconds"), lock.shared(paths.lock, 0.1):
            pass


def test_without_pyroute2_a_dry_run_is_possible_and_a_real_one_is_taken_back(run, paths, monkeypatch):
    def missing():
        raise link_codec.MissingLibrary("No module named 'pyroute2'")

    monkeypatch.setattr(link_codec, "_message_class", missing)
    assert len(engine.apply("vxlan", overlay(1), check=True, paths=paths).changes) == 6

    with pytest.raises(ApplyError, match=r"link cni0: add: .*pyroute2 \(0.7.2 or newer\).*install the package"):
        engine.apply("vxlan", overlay(1), paths=paths)
    assert len(run("ip -o link").splitlines()) == 1

    run("ip link add cni0 type bridge")
    with pytest.raises(EngineError, match=r"cannot be read: the Python library pyroute2"):
        engine.apply("bridge", bridge(), check=True, paths=paths)


def test_a_place_that_cannot_be_written_is_an_error_before_anything_changes(run, paths, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(LockError, match="so nothing was changed"):
        engine.apply("vxlan", overlay(1), paths=paths._replace(lock=f"{tmp_path}/file/lock"))
    with pytest.raises(LedgerError, match="what document vxlan holds cannot be kept in"):
        engine.apply("vxlan", overlay(1), paths=paths._replace(ledgers="/proc/state.d"))

    assert "vx0" not in run("ip link")
