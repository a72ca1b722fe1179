"""Columns line up and nothing trails."""

from __future__ import annotations

from lab.pods import Pod, wide
from lab.table import table


def test_columns_are_as_wide_as_their_widest_word() -> None:
    assert table([("A", "B"), ("long", "x"), ("", "yy")]).splitlines() == ["A      B", "long   x", "       yy"]


def test_pods_are_listed_as_kubectl_lists_them() -> None:
    pods = [
        Pod("web", "Running", "2/2", ("10.244.0.2", "fd00::2"), "node-1", (80,)),
        Pod("x", "NotReady", "0/1", (), "node-2", ()),
    ]
    heading, web, stopped = wide(pods).splitlines()
    assert heading.split() == ["NAME", "READY", "STATUS", "IP", "NODE"]
    assert web.split() == ["web", "2/2", "Running", "10.244.0.2,fd00::2", "node-1"]
    assert stopped.split() == ["x", "0/1", "NotReady", "<none>", "node-2"]
