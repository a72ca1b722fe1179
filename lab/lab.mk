# The lab: systemd hosts on this machine, and the demo on them (docs/lab.md).

LAB := tools/apt python3 && $(PYTHON) -m lab

.PHONY: lab-image lab-up lab-down lab-clean
lab-image: ## build the lab hosts' image unless it is there (root)
	@$(LAB) image

lab-up: ## boot the lab's three hosts (root)
	@$(LAB) up

lab-down: ## remove the lab's hosts; the image stays (root)
	@$(LAB) down

lab-clean: ## as lab-down, and remove the image (root)
	@$(LAB) clean

.PHONY: demo
demo: env ## three hosts, site.yml, pods and the proof that they talk (root)
	@$(LAB) demo
