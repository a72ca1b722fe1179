# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the cluster once, on the controller, for all hosts of the group of nodes."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import inputs, model, plan, settings, ways
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import (
    EVERY_HOST,
    PlanError,
    Problem,
    some,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.host import files

#: The dot: Ansible reads every other .json file in a folder of inventories as an inventory.
_LOCK_FILE = ".podnet.lock.json"
#: What is read of a host beside its variables of the fabric: where it may be reached, and where its inventory is.
_BESIDES = ("ansible_host", "inventory_dir")


class ActionModule(ActionBase):
    """Reads variables and the lock file, and no host: it works with ``--limit`` and with hosts down."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                "lock_file": {"type": "path"},
                "group": {"type": "str", "default": "podnet"},
                "write_lock": {"type": "bool", "default": True},
                "paths": {"type": "str", "default": plan.REFUSE, "choices": list(plan.MOVING)},
            }
        )
        path, before, made = self._make(task_vars or {}, options)
        result.update(
            changed=made.lock != before,
            # The space: ansible-core 2.18 would evaluate what starts like a dictionary, a second a host and task.
            plan=" " + model.to_json(made.plan),
            ways=list(ways.layers(made.plan)),
            from_ways=list(ways.layers(made.had)),
            mtu=made.plan.cluster.mtu,
            from_mtu=made.had.cluster.mtu,
            steps=made.steps,
            begun=made.begun,
            tunnels=[vars(tunnel) for tunnel in made.tunnels],
            summary=plan.summary(made.plan),
            lock_file=path,
            diff={"before": before or "", "after": made.lock, "before_header": path, "after_header": path},
        )
        if options["paths"] in (plan.MOVE, plan.BACK):
            result["from_plan"] = " " + model.to_json(made.had)
        return result

    def _make(self, task_vars: Mapping[str, Any], options: Mapping[str, Any]) -> Tuple[str, Optional[str], plan.Made]:
        """The lock file's path, what it held, and the plan, which it holds now."""
        writes = options["write_lock"] and not self._task.check_mode
        unreadable: List[Problem] = []
        variables = self._variables(task_vars, options["group"], unreadable)
        try:
            if not variables:
                raise PlanError([inputs.no_hosts(options["group"])])
            path = os.path.realpath(self._loader.path_dwim(options["lock_file"] or _beside(variables)))
            with _alone(path) if writes else contextlib.nullcontext():
                before = _read(path)
                made = plan.make(variables, before, path, options["paths"])
                if unreadable:
                    raise PlanError([])
                if writes and made.lock != before:
                    _write(path, made.lock)
        except PlanError as error:
            # Ansible would tell of a cause after this, and it has a part of the same problems.
            raise AnsibleActionFail(str(PlanError([*unreadable, *error.problems]))) from None
        return path, before, made

    def _variables(
        self, task_vars: Mapping[str, Any], group: str, unreadable: List[Problem]
    ) -> Dict[str, Dict[str, Any]]:
        """Each host's variables of the fabric, under those that this play gives to all of its hosts."""
        hostvars = task_vars["hostvars"]
        names = [str(name) for name in task_vars["groups"].get(group, [])]
        variables = {name: _templated(name, hostvars[name], unreadable) for name in names}
        of_play = self._of_play(task_vars, hostvars, unreadable)
        return {name: {**given, **of_play} for name, given in variables.items()} if of_play else variables

    def _of_play(
        self, task_vars: Mapping[str, Any], hostvars: Mapping[str, Any], unreadable: List[Problem]
    ) -> Dict[str, Any]:
        """What the vars of a play, a role or this task say: hostvars do not show those, so compare with this host's."""
        of_host: List[Problem] = []
        own = _templated("", hostvars[task_vars["inventory_hostname"]], of_host)
        visible = {}
        for name, value in task_vars.items():
            if name in settings.TABLE:
                try:
                    visible[name] = self._templar.template(value)
                except AnsibleError as error:
                    if name not in {problem.variable for problem in of_host}:
                        unreadable.append(_untemplated(EVERY_HOST, name, error))
        return {name: value for name, value in visible.items() if name not in own or own[name] != value}


def _templated(host: str, view: Mapping[str, Any], unreadable: List[Problem]) -> Dict[str, Any]:
    """The variables of one host that the plan reads; only these are templated."""
    found = {}
    for name in view:
        if name in _BESIDES or (name.startswith(settings.PREFIX) and name not in settings.NOT_PLANNED):
            try:
                found[str(name)] = view[name]
            except AnsibleError as error:
                unreadable.append(_untemplated(host, str(name), error))
    return found


def _untemplated(host: str, name: str, error: AnsibleError) -> Problem:
    return Problem(host, name, "", "cannot be templated: %s" % error, "define what the template refers to")


def _beside(variables: inputs.Variables) -> str:
    """The lock file beside the inventory of all hosts: that of the first host would depend on ``--limit``."""
    folders = sorted({str(given.get("inventory_dir")) for given in variables.values()})
    if len(folders) == 1 and os.path.isabs(folders[0]):
        return os.path.join(folders[0], _LOCK_FILE)
    # Hosts of the command line, or that a play has added, have None.
    reason = "is not set, and the hosts' inventories are in %s" % some(
        [folder if os.path.isabs(folder) else "no folder" for folder in folders]
    )
    way_out = "set it, for all hosts, to the path of the lock file that they have, or else where it is to be kept"
    raise PlanError([Problem(EVERY_HOST, "fabric_lock_file", "", reason, way_out)])


@contextlib.contextmanager
def _alone(path: str) -> Iterator[None]:
    """One run at a time reads the lock file and writes it: two at once would give one subnet to two hosts.

    The folder is locked, for the file is another after each write. One that cannot be, as on some network file systems,
    is written nevertheless.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
            held.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AnsibleActionFail("fabric_lock_file %s cannot be read: %s" % (path, error)) from error


def _write(path: str, text: str) -> None:
    """Replace the file as a whole, on disk before this returns: a host must not be changed under an unsaved lock."""
    folder = os.path.dirname(path)
    try:
        files.replace(path, [text])
        files.sync(folder)
    except OSError as error:
        raise AnsibleActionFail(
            "fabric_lock_file %s cannot be written: %s. Way out: make %s writable, or set fabric_lock_file to a path "
            "that is kept with the inventory." % (path, error, folder)
        ) from error
