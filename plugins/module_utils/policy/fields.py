# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of one Kubernetes object, by type: whatever is not of its type is noted, and reading goes on.

As with the API server, ``null`` is as good as nothing: an empty object, list or string.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, TypeVar

from . import problems
from .problems import Problem

#: The namespace of objects that name none (as ``kubectl`` has it without a context's namespace).
DEFAULT_NAMESPACE = "default"

Parsed = TypeVar("Parsed")

_NOTHING: Dict[str, Any] = {}

#: An object that is none: that was noted, and there is no more to say about it.
WRONG: Dict[str, Any] = {}

#: What JSON calls Python's types; bool before int, for it is one.
_JSON_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (dict, "object"))


class Fields:
    """One object while it is read. ``place`` is where in the listing it is, for objects without a name.

    An API server lets be what it has stored, though it would not take it any more; nor is that refused here, but noted
    in ``warned``.
    """

    __slots__ = ("_noted", "_warned", "body", "kind", "place")

    def __init__(self, body: Mapping[str, Any], place: str, noted: List[Problem], warned: List[Problem]) -> None:
        self.kind = ""
        self.body = body
        self.place = place
        self._noted = noted
        self._warned = warned

    @property
    def title(self) -> str:
        """How people name the object: ``Pod default/web``, ``Namespace web``, or else by its place."""
        metadata = self.body.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else _NOTHING
        name = metadata.get("name")
        if not isinstance(name, str) or not name:
            return "%s (%s)" % (self.kind, self.place) if self.kind else self.place
        if self.kind != "Namespace":
            name = "%s/%s" % (metadata.get("namespace") or DEFAULT_NAMESPACE, name)
        return "%s %s" % (self.kind, name) if self.kind else "%s (%s)" % (self.place, name)

    def note(self, field: str, value: Any, reason: str, fault: str = problems.INVALID) -> None:
        self._noted.append(Problem(self.title, field, value, reason, fault))

    @property
    def stored(self) -> bool:
        """Whether it comes from an API server: nobody else gives these."""
        metadata = self.body.get("metadata")
        return isinstance(metadata, dict) and bool(metadata.get("uid") or metadata.get("resourceVersion"))

    def parsed(
        self, value: str, field: str, strict: Callable[[str], Parsed], lax: Callable[[str], Parsed]
    ) -> Optional[Parsed]:
        """What ``strict`` makes of it, or where that raises ``ValueError``, of what is stored ``lax``; None where it is
        wrong, which was noted.
        """
        try:
            return strict(value)
        except ValueError as error:
            reason = str(error)
        try:
            found = lax(value) if self.stored else None
        except ValueError:
            found = None
        if found is None:
            self.note(field, value, reason)
        else:
            self._warn(
                field, value, "%s; it is stored, and taken as the API server takes it" % reason, problems.INVALID
            )
        return found

    def _warn(self, field: str, value: Any, reason: str, fault: str) -> None:
        self._warned.append(Problem(self.title, field, value, reason, fault))

    def count(self) -> int:
        """How much was noted so far."""
        return len(self._noted)

    def note_all(self, field: str, value: Any, reasons: Sequence[str]) -> None:
        for reason in reasons:
            self.note(field, value, reason)

    def mapping(self, value: Any, field: str, known: Optional[FrozenSet[str]] = None) -> Mapping[str, Any]:
        """An object, ``WRONG`` where it is none. With ``known``, other fields are noted (strict field validation)."""
        if value is None:
            return _NOTHING
        if not isinstance(value, dict):
            self._wrong_type(field, value, "object")
            return WRONG
        if known is not None:
            for name in value:
                if name not in known:
                    place = "%s.%s" % (field, name) if field else str(name)
                    self._unknown(place, value[name], "known are %s" % ", ".join(sorted(known)))
        return value

    def _unknown(self, field: str, value: Any, reason: str) -> None:
        if self.stored:
            self._warn(field, value, reason + "; it is stored, and passed over", problems.UNKNOWN)
        else:
            self.note(field, value, reason, problems.UNKNOWN)

    def sequence(self, value: Any, field: str) -> Sequence[Any]:
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            self._wrong_type(field, value, "array")
            return ()
        return value

    def string(self, value: Any, field: str) -> Optional[str]:
        """A string, or None where it is none and that was noted."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self._wrong_type(field, value, "string")
            return None
        return value

    def strings(self, value: Any, field: str) -> Dict[str, str]:
        """An object whose values are strings, without those that are not."""
        found = {}
        for key, each in self.mapping(value, field).items():
            if not isinstance(key, str):  # in YAML they need not be
                self.note(field, key, "keys must be of type string, not %s" % type_name(key))
            elif isinstance(each, str):
                found[key] = each
            else:
                text = self.string(each, "%s[%s]" % (field, key))
                if text is not None:
                    found[key] = text
        return found

    def integer(self, value: Any, field: str) -> Optional[int]:
        """A whole number, or None where there is none; what is wrong was noted."""
        if value is not None and not is_integer(value):
            self._wrong_type(field, value, "integer")
            return None
        return value

    def boolean(self, value: Any, field: str) -> bool:
        if value is None or value is True or value is False:
            return bool(value)
        self._wrong_type(field, value, "boolean")
        return False

    def _wrong_type(self, field: str, value: Any, wanted: str) -> None:
        self.note(field, value, "must be of type %s, not %s" % (wanted, type_name(value)))


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def type_name(value: Any) -> str:
    """What JSON calls it."""
    return next((name for type_, name in _JSON_TYPES if isinstance(value, type_)), "array")
