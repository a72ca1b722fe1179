# What a developer runs. `make` alone lists it; CONTRIBUTING.md explains it.
# All of it works from a fresh clone: every target first sees to what it needs itself.

SHELL := /bin/sh
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON := /usr/bin/python3
COLLECTION := build/collections/ansible_collections/podnet/baremetal
# Debian packages of the tool environment and of the tests; lab/lab.mk knows those of the lab.
ENV_PACKAGES := git python3-venv shellcheck
TEST_PACKAGES := containernetworking-plugins frr frr-pythontools iproute2 ipset iptables iputils-ping kmod mount procps

# Each test has folders and namespaces of its own; those of one file share what is made for them.
PARALLEL := --numprocesses 2 --dist loadfile
# Those on real netlink wait for packets that must not come, and for FRR, more than they compute.
PARALLEL_KERNEL := --numprocesses 4 --dist loadfile

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build/collections
export PYTHONDONTWRITEBYTECODE := 1
# This machine's Ansible settings are nothing that a gate should depend on.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- the tool environment

.PHONY: env
env: .venv/stamp $(COLLECTION) ## make .venv and link the checkout as a collection

.venv/stamp: requirements/tools.lock
	@tools/apt $(ENV_PACKAGES)
	@echo "Making .venv from requirements/tools.lock (about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements/tools.lock
	@touch $@

$(COLLECTION):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@

.PHONY: lock
lock: ## renew requirements/tools.lock from requirements/tools.in
	@tools/lock $(PYTHON)

# --- what needs no root: about two minutes

.PHONY: check lint types unit
check: lint types unit ## lint, types and unit tests (no root, about two minutes)

lint: env
	@tools/stage "ruff: lint" ruff check --quiet
	@tools/stage "ruff: format" ruff format --check --quiet
	@tools/stage "vermin: plugins/ run on Python 3.8" vermin --quiet --no-tips --target=3.8- --violations plugins
	@tools/stage "yamllint" yamllint --strict .
	@tools/stage "ansible-lint: production profile" ansible-lint -q
	@tools/stage "shellcheck" sh -c "git grep -lE '^#!/bin/sh' | xargs shellcheck"
	@tools/stage "changelog fragments" antsibull-changelog lint

types: env
	@tools/stage "mypy" mypy $(COLLECTION)/plugins bench lab molecule tests tools

unit: env
	@tools/stage "unit tests" pytest $(PARALLEL) tests/gates tests/unit

# --- what needs root, a lab or minutes

.PHONY: test docs package sanity kernel molecule
test: check docs package kernel sanity molecule ## every gate (root)
	@echo; echo "All gates passed."

docs: env ## build the modules' and roles' pages in build/docs
	@tools/stage "docs" tools/docs

package: env ## build the collection's tarball in build/ and import it as Galaxy would
	@tools/stage "package and galaxy-importer" tools/package

# Links are all that goes through pyroute2: the rest of the engine cannot tell one version from another.
PYROUTE2_TESTS := tests/unit/kernel $(patsubst %,tests/kernel/test_%.py,apply document encap fabric_documents links \
    links_of_others links_veth lookalikes module namespaces network_info resource_modules resources upgrades)
kernel: env build/oldest/stamp ## tests on real netlink in throw-away namespaces (root)
	@tools/apt $(TEST_PACKAGES)
	@tools/stage "kernel tests: pyroute2 of tools.lock" pytest $(PARALLEL_KERNEL) tests/kernel
	@tools/stage "kernel tests: oldest pyroute2" env PYTHONPATH=$(CURDIR)/build/oldest pytest $(PARALLEL_KERNEL) $(PYROUTE2_TESTS)

build/oldest/stamp: requirements/oldest.txt
	@rm -rf $(@D)
	@pip install --quiet --disable-pip-version-check --target $(@D) --requirement $<
	@touch $@

sanity: env ## ansible-test sanity, all of it, on a copy of the tracked files
	@tools/stage "ansible-test sanity" tools/sanity

molecule: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build/installed
molecule: package lab-image ## every molecule scenario on systemd hosts, with the built tarball installed (root)
	@rm -rf build/installed
	@ansible-galaxy collection install --no-deps --collections-path build/installed build/package/podnet-baremetal-*.tar.gz
	@for scenario in $(patsubst molecule/%/molecule.yml,%,$(wildcard molecule/*/molecule.yml)); do \
	    tools/stage "molecule: $$scenario" molecule test --scenario-name "$$scenario" || exit 1; \
	done

.PHONY: bench
bench: env ## measure all of it beside what it replaces (root, three quarters of an hour)
	@tools/apt $(TEST_PACKAGES) iperf3
	@tools/stage "bench" python -m bench

.PHONY: changelog
changelog: env ## render changelogs/fragments into CHANGELOG.md
	@antsibull-changelog release --reload-plugins --refresh --update-existing

.PHONY: clean
clean: ## remove what was built, but neither .venv nor what a running lab needs
	rm -rf $(filter-out build/lab build/lab-machines,$(wildcard build/*)) .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis

include lab/lab.mk
