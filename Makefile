# Everything happens in .venv, made on first use. The stamps in it make later calls quick.
PYTHON ?= python3
BIN := .venv/bin

# Build back ends are pinned too: pip passes these on to its isolated builds.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

version = $(shell $(1) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
modern = $(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null)
has_venv = $(shell $(PYTHON) -c 'import ensurepip, venv; print(1)' 2>/dev/null)

.PHONY: help demo test slow bench docs notebooks wheel format clean check-venv
.NOTPARALLEL:

help:
	@echo "make demo | test | slow | bench | docs | notebooks | format | wheel | clean   (PYTHON=python3.x chooses the interpreter)"

demo: .venv/installed
	$(BIN)/fcsim run scenarios/quickstart.yaml --out results/quickstart

test: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2

slow: .venv/installed-test .venv/installed-docs
	$(BIN)/pytest -n 2 -m slow

bench: .venv/installed
	$(BIN)/python -m benchmarks $(if $(SIMFAAS),--simfaas-python $(SIMFAAS))

docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -j 2 -q -b html -d build/doctrees docs build/docs
	@echo "Open build/docs/index.html"

notebooks: .venv/installed-docs
	$(BIN)/python docs/_generate/notebooks.py docs/lessons build/notebooks

wheel: .venv/installed-test
	rm -f dist/*.whl
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python .ci/check_wheel.py dist

format: .venv/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/created: | check-venv
	@$(if $(modern),,$(error fcsim needs Python 3.11 or newer, but $(PYTHON) is $(or $(call version,$(PYTHON)),missing); name another one: make PYTHON=python3.12 $(MAKECMDGOALS)))
	@$(if $(has_venv),,$(error $(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv))
	@echo "Creating .venv with Python $(call version,$(PYTHON))"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created pyproject.toml constraints.txt
	@echo "Installing fcsim into .venv (the first time takes about a minute)"
	@$(BIN)/python -m pip install -qq -c constraints.txt -e '.[fast]'
	@touch $@

.venv/installed-test: .venv/created pyproject.toml constraints.txt
	@echo "Installing fcsim and its test tools into .venv (the first time takes about a minute)"
	@$(BIN)/python -m pip install -qq -c constraints.txt -e '.[fast,test]'
	@touch .venv/installed $@

.venv/installed-docs: .venv/created pyproject.toml constraints.txt
	@echo "Installing fcsim and its documentation tools into .venv (the first time takes about a minute)"
	@$(BIN)/python -m pip install -qq -c constraints.txt -e '.[docs]'
	@touch $@

# A .venv of another version than the one asked for must not be used unnoticed.
check-venv:
ifneq ($(origin PYTHON),file)
	@$(if $(wildcard $(BIN)/python),$(if $(filter $(call version,$(PYTHON)),$(call version,$(BIN)/python)),,$(error .venv holds Python $(call version,$(BIN)/python), not $(PYTHON); run make clean first)))
endif
	@:
