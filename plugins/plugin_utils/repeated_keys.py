# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that an object has twice: parsers let the last one count, and the API server's strict validation refuses both.

Source: Kubernetes documentation, "Server-side field validation".
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

import yaml

_MERGE = "tag:yaml.org,2002:merge"


class RepeatedKeyError(Exception):
    """The message has the key's path: ``line 12: spec.ingress``, or in JSON ``items[3].spec.ingress``."""


class _Repeating(Dict[str, Any]):
    """An object that has this key twice, kept until its place is known, which its parser does not tell."""

    def __init__(self, pairs: Sequence[Tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _value in pairs]
        self.key = next(key for key in self if keys.count(key) > 1)


def from_json(text: str) -> Any:
    """As ``json.loads``. Raises ``ValueError``, or ``RepeatedKeyError``."""
    found: List[_Repeating] = []

    def made(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        body = dict(pairs)
        if len(body) == len(pairs):
            return body
        found.append(_Repeating(pairs))
        return found[-1]

    document = json.loads(text, object_pairs_hook=made)
    if found:
        raise RepeatedKeyError(next(_paths(document, "")))
    return document


def _paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, _Repeating):
        yield _below(path, value.key)
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, _below(path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _paths(each, "%s[%d]" % (path, number))


def from_yaml(text: str, loader: Any) -> Iterator[Any]:
    """As ``yaml.load_all``. Raises ``yaml.YAMLError``, or ``RepeatedKeyError``."""
    loading = loader(text)
    try:
        while loading.check_node():
            node = loading.get_node()
            repeated = _of_node(node, "", set())
            if repeated:
                raise RepeatedKeyError(repeated)
            yield loading.construct_document(node)
    finally:
        loading.dispose()


def _of_node(node: Any, path: str, seen: Set[int]) -> Optional[str]:
    """The first key that is there twice; what an alias leads to is looked at once."""
    if id(node) in seen:
        return None
    seen.add(id(node))
    below: List[Tuple[Any, str]] = []
    if isinstance(node, yaml.SequenceNode):
        below = [(each, "%s[%d]" % (path, number)) for number, each in enumerate(node.value)]
    elif isinstance(node, yaml.MappingNode):
        keys: Set[str] = set()
        for key, value in node.value:
            place = _below(path, str(key.value))
            if key.tag != _MERGE and isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    return "line %d: %s" % (key.start_mark.line + 1, place)
                keys.add(key.value)
            below.append((value, place))
    return next((found for found in (_of_node(each, place, seen) for each, place in below) if found), None)


def _below(path: str, key: str) -> str:
    return "%s.%s" % (path, key) if path else key
