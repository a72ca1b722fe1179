# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object's ``metadata``: who it is, and its labels.

Source: ``k8s.io/apimachinery/pkg/api/validation/objectmeta.go``.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Tuple

from . import problems, syntax, times
from .fields import DEFAULT_NAMESPACE, WRONG, Fields

#: The label by which every namespace can be selected.
NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"

_STRINGS = ("generateName", "selfLink", "uid", "resourceVersion")
_MOMENTS = ("creationTimestamp", "deletionTimestamp")
_INTEGERS = ("generation", "deletionGracePeriodSeconds")
_LISTS = ("ownerReferences", "managedFields")
_KNOWN = frozenset(
    ("name", "namespace", "labels", "annotations", "finalizers") + _STRINGS + _MOMENTS + _INTEGERS + _LISTS
)
_ANNOTATIONS_BYTES = 256 * 1024


def place(fields: Fields, metadata: Mapping[str, Any]) -> Tuple[str, str]:
    """Namespace and name of a pod or a policy; the name is "" where there is none, which was noted."""
    namespace = fields.string(metadata.get("namespace"), "metadata.namespace") or DEFAULT_NAMESPACE
    fields.note_all("metadata.namespace", namespace, syntax.dns_label(namespace))
    return namespace, name(fields, metadata, syntax.dns_subdomain)


def name(fields: Fields, metadata: Mapping[str, Any], name_syntax: Callable[[str], syntax.Reasons]) -> str:
    """An object's name, "" where there is none, which was noted."""
    if metadata is WRONG:
        return ""
    text = fields.string(metadata.get("name"), "metadata.name")
    if text:
        fields.note_all("metadata.name", text, name_syntax(text))
    elif text is not None:
        fields.note("metadata.name", text, "must be given", problems.REQUIRED)
    return text or ""


def moment(fields: Fields, metadata: Mapping[str, Any], key: str) -> str:
    """When something happened to the object, "" where that is not said."""
    text = fields.string(times.as_text(metadata.get(key)), "metadata." + key)
    if text and not times.is_moment(text):
        fields.note("metadata." + key, text, "must be a moment as in RFC 3339 (e.g. 2026-01-31T12:00:00Z)")
    return text or ""


def strict(fields: Fields) -> Mapping[str, Any]:
    """``metadata`` of an object whose unknown fields are refused; place and labels of it are still to be read."""
    metadata = fields.mapping(fields.body.get("metadata"), "metadata", _KNOWN)
    for key in _STRINGS:
        fields.string(metadata.get(key), "metadata." + key)
    for key in _MOMENTS:
        moment(fields, metadata, key)
    for key in _INTEGERS:
        number = fields.integer(metadata.get(key), "metadata." + key)
        if number is not None and number < 0:
            fields.note("metadata." + key, number, "must be greater than or equal to 0")
    for key in _LISTS:
        fields.sequence(metadata.get(key), "metadata." + key)
    _finalizers(fields, metadata.get("finalizers"))
    _annotations(fields, metadata.get("annotations"))
    return metadata


def _finalizers(fields: Fields, value: Any) -> None:
    field = "metadata.finalizers"
    for number, each in enumerate(fields.sequence(value, field)):
        text = fields.string(each, "%s[%d]" % (field, number))
        if text is not None:
            fields.note_all(field, text, syntax.label_key(text))


def _annotations(fields: Fields, value: Any) -> None:
    field = "metadata.annotations"
    annotations = fields.strings(value, field)
    for key in annotations:
        fields.note_all(field, key, syntax.label_key(key.lower()))
    size = sum(len(text.encode("utf-8", "replace")) for pair in annotations.items() for text in pair)
    if size > _ANNOTATIONS_BYTES:
        fields.note(field, size, "must have at most %d bytes" % _ANNOTATIONS_BYTES)
