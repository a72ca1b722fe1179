"""What is kept of documents."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.podnet.baremetal.plugins.module_utils.host import ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import LedgerError
from ansible_collections.podnet.baremetal.plugins.module_utils.host.ledger import Given, Ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.state.documents import EXAMPLES, documents

SYSCTL = {"name": "net.ipv4.ip_forward", "value": 1}
GIVEN = Given({"version": 1, "sysctls": [SYSCTL]}, normalise({"version": 1, "sysctls": [SYSCTL]}))
ROUTES = {("10.0.0.0/8", 254, 0, 0): {"dev": "eth0"}}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents(), documents(), documents())
def test_what_is_saved_is_loaded_again(tmp_path, document, leaving, found):
    saved = Ledger("vxlan", normalise(document), normalise(leaving), normalise(found))

    ledger.save(str(tmp_path), saved)

    assert ledger.load(str(tmp_path), "vxlan") == saved
    assert ledger.names(str(tmp_path)) == ["vxlan"]
    assert os.listdir(tmp_path) == ["vxlan.json"]


def test_a_document_is_kept_as_it_was_given_and_known_again_by_that(tmp_path):
    document = {"version": 1, "routes": [{"dst": "10.0.0.0/8", "dev": "eth0"}], "fdb": [], "sysctls": [SYSCTL]}
    state = normalise(document)
    ledger.save(str(tmp_path), Ledger("vxlan", state, {}, {}), document)
    wanted = {**document, "sysctls": [{**SYSCTL, "value": 0}]}
    new = Given(wanted, normalise(wanted))

    loaded = ledger.load(str(tmp_path), "vxlan", new)

    assert json.loads((tmp_path / "vxlan.json").read_text(encoding="utf-8"))["document"] == document
    assert loaded == ledger.load(str(tmp_path), "vxlan") == Ledger("vxlan", state, {}, {})
    assert loaded.document["routes"] is new.state["routes"], "what is given again is not normalised again"
    assert loaded.document["sysctls"] == {("net.ipv4.ip_forward",): {"value": "1"}}


@pytest.mark.parametrize("given", [None, GIVEN], ids=["nothing given", "another section given"])
def test_a_damaged_section_is_refused_whatever_is_given(tmp_path, given):
    ledger.save(
        str(tmp_path), Ledger("vxlan", {"routes": ROUTES, "sysctls": {}}, {}, {}), {"version": 1, "routes": [{}]}
    )

    with pytest.raises(LedgerError, match=r"cannot be trusted .*routes\[0\].dst: None is missing"):
        ledger.load(str(tmp_path), "vxlan", given)


NASTY = ["}\0{", '}", "{', "}, {", "\0", "\n", '\\"', "ä", "\udc80", ", "]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_one_object_is_one_line_whatever_is_in_it(tmp_path, text):
    document = {
        "version": 1,
        "iptables": [{"chain": text, "rules": [text, text], "anchors": [{"a": text}]}, {"b": text}],
    }
    ledger.save(str(tmp_path), Ledger("x", {"iptables": {("ipv4", "filter", "A"): {}}}, {}, {}), document)

    written = (tmp_path / "x.json").read_text(encoding="utf-8", errors="surrogateescape")

    assert json.loads(written)["document"] == document
    assert len(written.splitlines()) == 7


def test_what_need_not_be_copied_is_not():
    first, second = {"routes": ROUTES, "fdb": {}}, {"routes": dict(ROUTES)}

    assert ledger.merged(first, {})["routes"] is ROUTES
    assert ledger.merged({}, first)["routes"] is ROUTES
    assert ledger.merged({"fdb": {}}, {"fdb": ROUTES})["fdb"] is ROUTES
    assert ledger.merged(first, second) == first
    assert ledger.without(first, {"fdb": ROUTES}) == {"routes": ROUTES}
    assert ledger.without(first, first) == ledger.without(first, second) == {}


def test_a_ledger_holds_what_stays_and_what_goes():
    new = {"routes": {("a",): {"dev": "new"}}}
    old = {"routes": {("a",): {"dev": "old"}, ("b",): {}}, "fdb": {("c",): {}}}

    assert Ledger("x", new, old, {}).held() == {"routes": {("a",): {"dev": "new"}, ("b",): {}}, "fdb": {("c",): {}}}
    assert ledger.without(old, new) == {"routes": {("b",): {}}, "fdb": {("c",): {}}}
    assert ledger.without(new, old) == {}


def test_a_failed_write_leaves_the_old_ledger_and_nothing_else(tmp_path, monkeypatch):
    ledger.save(str(tmp_path), Ledger("vxlan", {"routes": ROUTES}, {}, {}))

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        ledger.save(str(tmp_path), ledger.empty("vxlan"))

    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["vxlan.json"]
    assert ledger.load(str(tmp_path), "vxlan").document == {"routes": ROUTES}


def test_without_a_directory_nothing_is_kept(tmp_path):
    assert ledger.names(str(tmp_path / "none")) == []
    assert ledger.load(str(tmp_path / "none"), "vxlan") is None
    ledger.delete(str(tmp_path / "none"), "vxlan")


def test_the_key_of_an_older_version_has_the_default_of_what_it_did_not_tell_apart(tmp_path):
    old = '{"format": 1, "name": "x", "document": {"version": 1}, "leaving": {"version": 1}, "found": [%s]}'
    entry = '{"section": "routes", "key": ["10.0.0.0/8", 254, 0], "attributes": {"dev": "eth0"}}'
    (tmp_path / "x.json").write_text(old % entry, encoding="utf-8")

    assert ledger.load(str(tmp_path), "x").found == {"routes": ROUTES}


@pytest.mark.parametrize("begin", [ledger.save, lambda directory, kept: ledger.delete(directory, kept.name)])
def test_what_a_killed_run_had_begun_to_write_is_swept_away(tmp_path, begin):
    kept = Ledger("vxlan", {"routes": ROUTES}, {}, {})
    ledger.save(str(tmp_path), kept)
    (tmp_path / ".podnet.ab12cd").write_text('{"format": 1, "na', encoding="utf-8")
    (tmp_path / "notes.txt").touch()

    assert ledger.names(str(tmp_path)) == ["vxlan"]
    begin(str(tmp_path), kept)

    assert not (tmp_path / ".podnet.ab12cd").exists()
    assert (tmp_path / "notes.txt").exists(), "what is not ours"
