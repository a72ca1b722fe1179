# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the actions on policy have Kubernetes' objects from: options in, objects out, checked and told by source."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.problems import PolicyError, Problem
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import SHOWN, shortened

from . import object_api, object_files, policy_namespaces

#: What each action takes, beside options of its own.
OPTIONS: Dict[str, Dict[str, Any]] = {
    "objects": {"type": "raw"},
    "src": {"type": "list", "elements": "path"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}
#: From objects as they were found to objects as they are read.
Completed = Callable[[Iterable[Mapping[str, Any]]], Iterator[Mapping[str, Any]]]
#: The options of which at least one says where objects come from.
SOURCES = ("objects", "src", "kubeconfig")


class SourceError(Exception):
    """Objects that cannot be had, or are not valid; all that is wrong with them in one message."""


class Source(NamedTuple):
    """A file, the cluster's API, or the task itself, and the objects as they are there."""

    name: str
    objects: Sequence[Mapping[str, Any]]


class Found(NamedTuple):
    """``warnings`` are about what an API server has stored and would not take any more."""

    objects: Objects
    warnings: List[str]


def objects(options: Mapping[str, Any], playbook_dir: str, completed: Completed = iter) -> Found:
    """What of all objects that the options name decides who may talk to whom. Raises ``SourceError``.

    ``completed`` sees them before they are read.
    """
    warned: List[Problem] = []
    try:
        found = list(_sources(options, playbook_dir))
    except (object_files.FileError, object_api.ApiError) as error:
        raise SourceError(str(error)) from error
    try:
        listed = read(completed(each for source in found for each in source.objects), warned)
    except PolicyError as error:
        raise SourceError(_told(error, found, completed)) from error
    gap = policy_namespaces.missing(listed)
    if gap:
        raise SourceError(gap)
    return Found(listed, _few(warned))


def _few(warned: List[Problem]) -> List[str]:
    lines = [str(each) for each in warned]
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], "… and %d more of stored objects" % more]


def _sources(options: Mapping[str, Any], playbook_dir: str) -> Iterator[Source]:
    if options.get("objects") is not None:
        yield Source("objects", _given(options["objects"]))
    for path in options.get("src") or []:
        for name, listed in object_files.objects(_found(path, playbook_dir)):
            yield Source(name, listed)
    if options.get("kubeconfig"):
        path = _found(options["kubeconfig"], playbook_dir)
        yield Source(path, object_api.objects(path, options.get("context") or ""))


def _given(value: Any) -> Sequence[Mapping[str, Any]]:
    """Objects that the task itself has: a list, one object, or a text; templating makes one of the other."""
    if isinstance(value, str):
        return object_files.parsed(value, "objects")
    # Without Ansible's own types. What YAML took for a time was written as a string.
    return object_files.parsed(json.dumps(value, default=lambda moment: moment.isoformat()), "objects")


def _found(path: str, playbook_dir: str) -> str:
    """A path as users mean it: from the playbook's folder, or from where they called Ansible."""
    tried = [os.path.abspath(os.path.join(folder, path)) for folder in (playbook_dir, os.getcwd())]
    for each in tried:
        if os.path.exists(each):
            return each
    raise object_files.FileError(
        "%s: there is no such file or folder (%s)" % (path, ", ".join(sorted(set(tried), key=tried.index)))
    )


def _told(error: PolicyError, found: List[Source], completed: Completed) -> str:
    """Each problem with the source that has it; what is wrong between sources only where each is right alone."""
    told = [(source.name, problem) for source in found for problem in _problems(completed(source.objects))]
    if not told:
        told = [(_holders(problem.object, found), problem) for problem in error.problems]
    lines = ["%s: %s" % each for each in told]
    return "Kubernetes' objects are refused, and nothing was changed:\n" + "\n".join(shortened(lines))


def _problems(listed: Iterable[Mapping[str, Any]]) -> List[Problem]:
    try:
        read(listed)
    except PolicyError as error:
        return error.problems
    return []


def _holders(title: str, found: List[Source]) -> str:
    """The sources that have the object of this title, ``Pod default/web``."""
    kind, _space, name = title.partition(" ")
    names = [source.name for source in found if any(_is(each, kind, name) for each in source.objects)]
    return " and ".join(names)


def _is(listed: Mapping[str, Any], kind: str, name: str) -> bool:
    if "items" in listed:
        return any(_is({"kind": listed["kind"][: -len("List")], **each}, kind, name) for each in listed["items"])
    about = listed.get("metadata") or {}
    own = (
        about.get("name") if kind == "Namespace" else "%s/%s" % (about.get("namespace") or "default", about.get("name"))
    )
    return listed.get("kind") == kind and own == name
