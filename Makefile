# demo: set up, score the samples, show the window.   test: set up, lint, types, layers, tests.
PYTHON ?= python3
BIN := .venv/bin
DISPLAYED := $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname)))

.PHONY: demo test lint bench samples

demo: .venv/ready
	$(BIN)/verte score resources/samples --table resources/samples/clinical.csv \
		--out demo-output/scores.csv --heatmaps demo-output/heatmaps; test $$? -le 1
ifneq ($(DISPLAYED),)
	$(BIN)/verte-desktop resources/samples
else
	QT_QPA_PLATFORM=offscreen $(BIN)/verte-desktop resources/samples --snapshot demo-output/window.png
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

bench: .venv/ready
	$(BIN)/python -m benchmarks

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
