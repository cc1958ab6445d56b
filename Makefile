# demo: set up, score the samples, show the window.   test: set up, lint, types, layers, tests.
# installer: the installed program and its packages, in dist/.
# lint: without the tests.   fuzz: 20,000 mutated files.   bench: speed and memory, as ratios.   bench-gpu: of a GPU.
PYTHON ?= python3
BIN := .venv/bin
DISPLAYED := $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname)))
# The first is the one on the screen: its header holds all that a score needs.
SHOWN := resources/samples/simulated-fracture.dcm resources/samples

.PHONY: demo test lint fuzz bench bench-gpu installer

demo: .venv/ready
	$(BIN)/verte score resources/samples --table resources/samples/clinical.csv \
		--out demo-output/scores.csv --heatmaps demo-output/heatmaps; test $$? -le 1
ifneq ($(DISPLAYED),)
	$(BIN)/verte-desktop $(SHOWN)
else
	QT_QPA_PLATFORM=offscreen $(BIN)/verte-desktop $(SHOWN) --snapshot demo-output/window.png
	@echo "There is no display here; a picture of the window is in demo-output/window.png"
endif
	@echo "Scores and heatmaps are in demo-output/"

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: .venv/ready
	$(BIN)/python -m fuzz

bench: .venv/ready
	$(BIN)/python -m benchmarks

bench-gpu: .venv/ready
	$(BIN)/python -m benchmarks.gpu

installer: .venv-installer/ready
	.venv-installer/bin/python -m installer.build dist
ifeq ($(shell uname),Linux)
	.venv-installer/bin/python -m installer.linux.make_deb dist
endif
	.venv-installer/bin/python -m installer.examples dist/examples
	.venv-installer/bin/python installer/smoke.py $(CURDIR)/dist/verte $(CURDIR)/dist/examples

.venv-installer/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-installer
	.venv-installer/bin/pip install --quiet --constraint constraints.txt --editable '.[installer]'
	touch $@

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
