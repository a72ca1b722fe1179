# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the schema says of an attribute, and what a section is."""

from __future__ import annotations

from enum import Enum
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple


class Policy(Enum):
    """What it takes to change an attribute of an object that exists."""

    MUTABLE = "in place"
    #: The kernel cannot change it. Only a document that says ``recreate: true`` may have the object made anew.
    RECREATE = "recreate"
    #: The kernel cannot change it, and nothing hangs on the object: it is deleted and added without being asked.
    READD = "delete and add"
    #: Nobody can change it, not even by making the object anew.
    READ_ONLY = "read-only"
    #: Not a property of the object but a word to the engine; never compared.
    DIRECTIVE = "directive"


def _no_exception(_before: Mapping[str, Any], _wanted: Any) -> Optional[Policy]:
    """The exception of attributes whose policy depends on nothing."""


class Attribute(NamedTuple):
    """``normalise`` gives the normal form or raises ``ValueError``.

    ``default`` is what an object has that lacks the attribute in a reading, and what it gets back when a later document
    no longer declares the attribute; ``KEEP`` where there is no such value. ``exception`` sees the present object and
    the wanted value, and gives another policy where ``policy`` does not hold for that change.
    """

    normalise: Callable[[Any], Any]
    policy: Policy = Policy.MUTABLE
    default: Any = None
    exception: Callable[[Mapping[str, Any], Any], Optional[Policy]] = _no_exception


class Keep:
    """The type of ``KEEP``, so that it is equal to nothing that a document can hold."""


KEEP = Keep()


def _nothing_more(item: Dict[str, Any]) -> None:
    """The completion of sections whose attributes do not depend on one another."""


def _consistent(_objects: Mapping[Any, Mapping[str, Any]]) -> Iterable[Tuple[Any, str]]:
    """The contradictions of sections whose objects do not depend on one another."""
    return ()


class Section(NamedTuple):
    """``key`` names the attributes that tell one object from another; ``complete_key`` fills in those with a default.

    ``complete`` sees the normalised attributes of one object: it fills in defaults of the key and raises ``ValueError``
    where attributes contradict one another. ``seen`` says what it sees of a column of values, where that is not all of
    them but, say, their family: one object then stands for all that look the same to it. ``kinds``: further attributes
    by the value of ``type``. ``whole``: an object is written as a whole, so that the reading of a stranger's object is
    kept as a whole to put it back.
    ``instead``: with one of these, an object does without what is ``required``.
    ``removable``: False for what comes and goes with something else. ``made_with``: what has to be declared for an
    absent object to be made; one that is declared without is somebody else's, only altered, never made or deleted.
    ``nested``: attributes that are objects themselves. A document has ``port: {hairpin: true}``, a state has
    ``port.hairpin``, so that each is compared by itself. ``contradictions`` sees all normalised objects of a document's
    section and yields the keys of those that cannot be beside others, and why.
    """

    noun: str
    key: Tuple[str, ...]
    attributes: Mapping[str, Attribute]
    required: Tuple[str, ...] = ()
    complete: Callable[[Dict[str, Any]], None] = _nothing_more
    kinds: Optional[Mapping[str, Mapping[str, Attribute]]] = None
    whole: bool = False
    removable: bool = True
    complete_key: Callable[[Dict[str, Any]], None] = _nothing_more
    seen: Mapping[str, Callable[[List[Any]], Iterable[Any]]] = {}
    instead: Tuple[str, ...] = ()
    made_with: Tuple[str, ...] = ()
    nested: Tuple[str, ...] = ()
    contradictions: Callable[[Mapping[Any, Mapping[str, Any]]], Iterable[Tuple[Any, str]]] = _consistent
