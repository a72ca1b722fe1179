# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions on NetworkPolicy have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """``podnet.baremetal.policy_sources``: where Kubernetes' objects come from."""

    DOCUMENTATION = r"""
options:
  objects:
    description:
      - Kubernetes' objects as a list, or as text in JSON or YAML, such as
        RV(podnet.baremetal.network_policy_info#module:objects).
      - Here and in the other sources objects may be inside of a C(List). Kinds other than C(Namespace), C(Pod) and
        C(NetworkPolicy) are passed over.
      - Of O(objects), O(src) and O(kubeconfig) at least one is needed. All that are given count together, and none may
        hold an object that another holds.
      - Namespaces are needed where a policy asks for labels of theirs, other than C(kubernetes.io/metadata.name); the
        task fails without.
    type: raw
  src:
    description:
      - Files and folders on the controller. Files are JSON or YAML, of any number of documents; manifests as well as
        what C(kubectl get ns,pods,networkpolicies -A -o json) prints.
      - Of a folder, and of those in it, all files that end in C(.json), C(.yaml) or C(.yml), in order of their names.
      - A relative path is looked for in the playbook's folder, then where Ansible was called.
    type: list
    elements: path
  kubeconfig:
    description:
      - A kubeconfig file on the controller, for reading the objects from the cluster's API. Its user must be allowed to
        list namespaces, pods and network policies, as with the cluster role C(view), and needs no more.
      - The Python that runs Ansible needs the package C(kubernetes) for this.
    type: path
  context:
    description: The context of O(kubeconfig) to use, instead of its current one.
    type: str
"""
