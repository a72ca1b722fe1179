# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what FRR's files are and what is wanted to what they are to be. Pure: texts in, texts out."""

from __future__ import annotations

import re
from typing import AbstractSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import daemons, service
from .errors import FrrError
from .ledger import File, Ledger, digest
from .secrets import Secrets, ours
from .text import Line, is_default, lines, without

_HEADER = "! Written by podnet.baremetal: its next run takes back what is changed here.\n!\n"
_MOST_TOLD = 5
#: Of ``any`` protocol is heeded where nothing is said of the one.
_ALONE = {
    "log": re.compile(r"log syslog\b"),
    "IPv4": re.compile(r"ip protocol (bgp|any) route-map "),
    "IPv6": re.compile(r"ipv6 protocol (bgp|any) route-map "),
}
#: They are made of several commands, each with the name.
_NAMED = re.compile(r"(?:ip(?:v6)? prefix-list|route-map) \S+")


class Files(NamedTuple):
    """The texts of ``frr.conf``, ``daemons`` and systemd's drop-in; None for one that is not there."""

    config: Optional[str]
    daemons: Optional[str]
    drop_in: Optional[str]


class Wish(NamedTuple):
    """What the module is asked for. ``join`` others' configuration, or refuse to; ``daemons`` to switch on."""

    content: str
    daemons: Sequence[str]
    join: bool
    keep_routes: bool


class Uses(NamedTuple):
    """What FRR is used for beside ours, in words, and why ours cannot stand beside that.

    ``since``: it was used for nothing else at our last run.
    """

    others: Sequence[str]
    obstacles: Sequence[str]
    since: bool = False


class Plan(NamedTuple):
    """``alone`` where nobody else has told FRR anything. ``ledger`` is to be on disk before ``after`` is."""

    after: Files
    alone: bool
    ledger: Optional[Ledger]


def present(
    wish: Wish,
    secrets: Secrets,
    found: Files,
    old: Optional[Ledger],
    forwarding: AbstractSet[str],
    before: service.State,
) -> Plan:
    """Our configuration beside that of others. ``forwarding`` is what the kernel forwards, of ``ip`` and ``ipv6``.

    ``before`` is what the service is to be again one day, where nothing is on record. Raises FrrError where FRR is used
    for other things and is not to be joined, or cannot be.
    """
    config, switches = _theirs(found, old)
    other = uses(wish, found, old, forwarding)
    strange = other.others
    if strange and not wish.join:
        raise FrrError(
            "FRR is used for other things on this host (%s), and existing is refuse: remove that, or give join to have "
            "ours beside it" % secrets.hidden(some(other))
        )
    if other.obstacles:
        raise FrrError("FRR's configuration on this host cannot be joined: " + "; ".join(other.obstacles))
    text = _HEADER + secrets.filled_in(wish.content)
    if strange:
        text = "%s\n!\n%s" % ((config or "").rstrip("\n"), text)
    keeps = wish.keep_routes and not strange
    wanted = daemons.with_enabled(switches or "", wish.daemons)
    after = Files(text, daemons.keeping_routes(wanted) if keeps else wanted, service.drop_in() if keeps else None)
    return Plan(after, not strange, _ledger(wish, after, config, switches, old, before))


def absent(found: Files, old: Ledger) -> Plan:
    """What is not ours, or what was there before us."""
    config, switches = _theirs(found, old)
    return Plan(Files(config, switches, None), not strangers(Files(config, switches, None), ()), None)


def without_frr(found: Files, after: Files) -> Files:
    """The same where FRR is gone: what went with it does not come back."""
    return Files(*[text if former is not None else None for former, text in zip(found, after)])


def uses(wish: Wish, found: Files, old: Optional[Ledger], forwarding: AbstractSet[str]) -> Uses:
    """What stands in these files that is not ours."""
    config, switches = _theirs(found, old)
    others = strangers(Files(config, switches, None), wish.daemons)
    obstacles = list(_obstacles(lines(config or ""), lines(wish.content), forwarding)) if others else []
    before = strangers(Files(old.config.original, old.daemons.original, None), wish.daemons) if old else others
    return Uses(others, obstacles, since=bool(others) and not before)


def some(found: Uses) -> str:
    """The first of the other uses, for a message. They may hold secrets."""
    listed = ", ".join(found.others[:_MOST_TOLD]) + (", …" if len(found.others) > _MOST_TOLD else "")
    return listed + (", added since the last run" if found.since else "")


def strangers(theirs: Files, wanted: Sequence[str]) -> List[str]:
    """What somebody else has told FRR, in words."""
    told = [str(line) for line in lines(theirs.config or "") if not is_default(line)]
    return told + sorted("%s=yes" % name for name in daemons.enabled(theirs.daemons or "") - set(wanted))


def _theirs(found: Files, old: Optional[Ledger]) -> Tuple[Optional[str], Optional[str]]:
    """The files without what is ours: as they were before us, or else as others have made them since."""
    if old is None:
        return found.config, found.daemons
    return _config_of_others(found.config, old), _daemons_of_others(found.daemons, old)


def _config_of_others(text: Optional[str], old: Ledger) -> Optional[str]:
    original = old.config.original
    if text is None or digest(text) == old.config.written:
        return original
    own = ours(old.content, text)
    if not any(_told(original or "")):
        # Nobody else had told FRR anything, so the blocks are ours alone, with what has got into them since.
        blocks = {_block(line) for line in lines(old.content)}
        own |= {line for line in lines(text) if _block(line) in blocks}
    rest = without(text.replace(_HEADER, ""), own - set(lines(original or "")))
    # FRR that was asked to write its configuration, or somebody's comment: no reason to forget the original.
    return rest if set(_told(rest)) != set(_told(original or "")) else original


def _block(line: Line) -> str:
    """What a line is part of: the block that it is in or opens, a list or route map, or what it alone speaks of."""
    first = Line((), (*line.context, line.text)[0])
    named = _NAMED.match(first.text)
    return named.group() if named else _subject(first) or first.text


def _told(text: str) -> Iterator[Line]:
    return (line for line in lines(text) if not is_default(line))


def _daemons_of_others(text: Optional[str], old: Ledger) -> Optional[str]:
    if text is None or digest(text) == old.daemons.written:
        return old.daemons.original
    return daemons.without_keeping(daemons.without_enabled(text, old.enabled))


def _obstacles(theirs: Sequence[Line], wanted: Sequence[Line], forwarding: AbstractSet[str]) -> Iterator[str]:
    """Why ours cannot stand beside theirs without changing what theirs do."""
    yield from _contradictions(theirs, wanted)
    for word in sorted(forwarding):
        if Line((), "no %s forwarding" % word) in theirs:
            yield "'no %s forwarding' would stop the host from forwarding when FRR starts; remove it" % word
    routers = {line.text for line in theirs if not line.context and line.text.startswith("router bgp ")}
    for router in [line.text for line in wanted if not line.context and line.text.startswith("router bgp ")]:
        others = [other for other in sorted(routers - {router}) if len(other.split()) == 3]
        if others:
            yield "it has '%s', and ours is '%s': a host is in one AS; give the plan its ASN" % (others[0], router)
        if router in routers:
            lacking = [line.text for line in wanted if _is_of_all(line, router) and line not in theirs]
            if lacking:
                listed = ", ".join("'%s'" % text for text in lacking)
                yield "'%s' has sessions that these would change: %s; add them there first" % (router, listed)


def _contradictions(theirs: Sequence[Line], wanted: Sequence[Line]) -> Iterator[str]:
    ours = {_subject(line): line for line in wanted if _subject(line)}
    for other in theirs:
        own = ours.get(_subject(other))
        if own and own != other:
            words = "it has '%s', and ours is '%s', which would win: remove the former, or write ours there"
            yield words % (other.text, own.text)


def _subject(line: Line) -> str:
    """What a line speaks of where FRR has, or heeds, one such line alone; '' for any other."""
    found = (subject for subject, pattern in _ALONE.items() if not line.context and pattern.match(line.text))
    return next(found, "")


def _is_of_all(line: Line, router: str) -> bool:
    """Whether it is a setting for all of the router's sessions, others' as well as ours."""
    return line.context == (router,) and not line.text.startswith(("neighbor ", "address-family "))


def _ledger(
    wish: Wish,
    after: Files,
    config: Optional[str],
    switches: Optional[str],
    old: Optional[Ledger],
    before: service.State,
) -> Ledger:
    added = set(wish.daemons) - daemons.enabled(switches or "")
    return Ledger(
        wish.content,
        File(config, digest(after.config or "")),
        File(switches, digest(after.daemons or "")),
        tuple(sorted(added)),
        old.service if old else before,
    )
