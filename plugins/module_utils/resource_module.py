# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules over the engine share: arguments to a call, an outcome to a result, an error to a failure."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, TypeVar

from ansible.module_utils.basic import AnsibleModule

from .host import resources
from .host.engine import Outcome
from .host.errors import ApplyError, EngineError, failure_lines
from .state.errors import DocumentError, Problem, shortened

Spec = Dict[str, Dict[str, Any]]
Result = TypeVar("Result", bound=Outcome)


def called(module: AnsibleModule, call: Callable[[], Result], invalid: Callable[[DocumentError], str] = str) -> Result:
    """What ``call`` returns, its warnings handed on. Ends the module where it fails; ``invalid`` words bad input."""
    try:
        outcome = call()
    except ApplyError as error:
        module.fail_json(msg=str(error), failures=failure_lines(error.failures + error.left))
    except DocumentError as error:
        module.fail_json(msg=invalid(error))
    except EngineError as error:
        module.fail_json(msg=str(error))
    for warning in outcome.warnings:
        module.warn(warning)
    return outcome


def finish(module: AnsibleModule, outcome: Outcome, before: List[Any], after: List[Any], **more: Any) -> None:
    """End the module with what was changed, or in check mode would be, and ``more`` that it returns."""
    result = {"changed": outcome.changed, "commands": outcome.commands(), "before": before, "after": after, **more}
    if module._diff:  # there may be 15,000 lines of it
        result["diff"] = {"before": _text(outcome.before()), "after": _text(outcome.after())}
    module.exit_json(**result)


def _as_given(item: Dict[str, Any]) -> Dict[str, Any]:
    return item


class Resource(NamedTuple):
    """A module for the objects of one section.

    ``options`` is the argument spec of one object, by the document's own names; what is ``required`` there tells one
    object from another. ``plural`` is the option for a list of objects. ``named`` gives an object with the document's
    names for options that have others besides, depending on what else is given.
    """

    section: str
    plural: str
    options: Spec
    named: Callable[[Dict[str, Any]], Dict[str, Any]] = _as_given

    def main(self) -> None:
        """The whole module: read the arguments, make the objects so, return what was changed."""
        module = AnsibleModule(**self.arguments())
        objects, state = self._objects(module.params), module.params["state"]
        call = resources.remove if state == "absent" else resources.apply
        namespace = module.params["namespace"] or ""
        outcome = called(
            module,
            lambda: call(self.section, objects, module.check_mode, namespace=namespace),
            lambda error: self._invalid(error, many=module.params[self.plural] is not None),
        )
        finish(module, outcome, outcome.objects_before(), outcome.objects_after())

    def arguments(self) -> Dict[str, Any]:
        """The arguments of ``AnsibleModule``: one object by options of the module itself, or many in a list."""
        keys = [name for name, row in self.options.items() if row.get("required")]
        one = {name: {word: row[word] for word in row if word != "required"} for name, row in self.options.items()}
        states = ["present", "absent", *one.pop("state", {}).get("choices", [])]
        return {
            "argument_spec": {
                **one,
                self.plural: {"type": "list", "elements": "dict", "options": self.options},
                "state": {"type": "str", "choices": states, "default": "present"},
                "namespace": {"type": "str"},
            },
            "mutually_exclusive": [(self.plural, name) for name in one],
            "required_one_of": [(keys[0], self.plural)],
            "required_together": [keys] if len(keys) > 1 else [],
            "supports_check_mode": True,
        }

    def _objects(self, parameters: Dict[str, Any]) -> List[Dict[str, Any]]:
        """The objects in the document's form. A link's ``up`` or ``down`` is meant for all that say nothing of it."""
        many = parameters[self.plural]
        given = [{**parameters, "state": None}] if many is None else many
        declared = [{name: _given(item[name]) for name in self.options if item[name] is not None} for item in given]
        objects = [self.named(item) for item in declared]
        if parameters["state"] in self.options.get("state", {}).get("choices", []):
            objects = [{"state": parameters["state"], **item} for item in objects]
        return objects

    def _invalid(self, error: DocumentError, many: bool) -> str:
        problems = [str(self._located(problem, many)) for problem in error.problems]
        return "the arguments are not valid, and nothing was changed:\n" + "\n".join(shortened(problems))

    def _located(self, problem: Problem, many: bool) -> Problem:
        """The problem by the name of the module's own option."""
        first = "%s[0]" % self.section
        if many:
            return problem._replace(path=problem.path.replace(self.section, self.plural, 1))
        own = problem.path[len(first) + 1 :] if problem.path.startswith(first) else problem.path
        return problem._replace(path=own or "the object")


def _given(value: Any) -> Any:
    """A value without suboptions that were not given."""
    if isinstance(value, dict):
        return {name: _given(each) for name, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list) else value


def _text(lines: List[str]) -> str:
    """Lines as a diff wants them."""
    return "".join(line + "\n" for line in lines)
