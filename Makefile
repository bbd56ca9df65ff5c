# Commands; `make` alone lists them. Everything happens in .venv, which is made when needed.

PYTHON ?= python3
PROMPT ?= красный круг на синем фоне
OUT ?= out/picture.png
# default: the torch of PyPI, with CUDA on Linux. cpu: one without, and of the rest only what the
# pocket models need; a torch that is in .venv already stays.
TORCH ?= default

bin := .venv/bin
floors := .venv-floors/bin
ready := .venv/.ready
small := .venv/.small
painter := $(if $(filter cpu,$(TORCH)),$(if $(wildcard $(ready)),$(ready),$(small)),$(ready))
fast := not thorough and not long and not chaos and not conformance and not browser

# The prompt reaches the shell as an environment variable, as it was typed: no quotes, no dollars to
# trip over. PROMPT itself is not exported, since make would read its dollars as variables.
unexport PROMPT
draw: export WORDS := $(value PROMPT)

.PHONY: help install chromium playwright screenshots test-browser test-browser-short chaos-record check-cluster check-cluster-short postgresql fuzz soak demo transcript draw test test-long chaos check check-floors check-floors-short fix docs bench bench-paint bench-quality bench-history gallery pocket-eval blind-sheet conformance conformance-short fullsize clean

help:  ## list these words
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

install: $(painter)  ## everything into .venv; with TORCH=cpu only what the pocket models need

demo: $(painter)  ## chat with the bot in a browser, without Telegram; without a terminal two people do
	$(bin)/python -m sandbox demo --out demo

transcript: $(ready)  ## write down what people see, for docs/transcript.md
	$(bin)/python -m sandbox transcript

draw: $(painter)  ## paint PROMPT="…" into out/picture.png, .gif and .mp4, or OUT=elsewhere.png
	@mkdir -p "$(dir $(OUT))"
	$(bin)/python -m engine draw --out "$(OUT)" -- "$$WORDS"

test: $(ready)  ## the fast tests
	$(bin)/python -m pytest -q -n 3 --dist worksteal -m "$(fast)"

chaos: $(ready) postgresql  ## bot and engine as real processes from end to end, killed at the worst moments
	$(bin)/python -m pytest -q -m chaos

chaos-record: $(ready) postgresql  ## the trial with 1,000 jobs and 100 kills, whose table stands in docs/reliability.md, and long outages
	$(bin)/python -m tests.chaos
	OUTAGES=full $(bin)/python -m pytest -q -m chaos tests/chaos/test_outages.py
	POINTS=full $(bin)/python -m pytest -q -m chaos tests/chaos/test_points.py

soak: $(ready)  ## ten minutes of five requests a second: the bot's memory and the database's log stay flat
	SOAK_SECONDS=600 $(bin)/python -m pytest -q -m chaos tests/chaos/test_soak.py

fuzz: $(ready)  ## 20,000 random updates through the bot's handlers
	FUZZ_UPDATES=20000 $(bin)/python -m pytest -q -m thorough tests/bot/test_fuzz.py

test-browser: $(ready) chromium playwright  ## people at work in a headless Chromium, with the real bot and engine: minutes
	$(bin)/python -m pytest -q -m browser tests/browser

test-browser-short: $(ready) chromium playwright  ## a part of it: a picture grows, and four at once
	$(bin)/python -m pytest -q -m browser tests/browser/test_browser.py -k "grows_in_the_chat or four_at_once"

screenshots: $(ready) chromium playwright  ## take the pictures of the chat page anew, for the README and docs/
	$(bin)/python -m tests.browser

chromium:
	sh .ci/chromium.sh

playwright: $(ready)
	$(bin)/python -c 'import playwright' 2>/dev/null || $(bin)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[browser]"

test-long: $(ready)  ## the tests that take minutes
	$(bin)/python -m pytest -q -m long

check: $(ready)  ## format, lint, types, layers, tests: what has to pass before a commit
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/python -m pytest -q -n 3 --dist worksteal

check-cluster: $(ready) postgresql  ## the tests of store and bot, and from end to end, on PostgreSQL and S3
	TEST_DATABASE=postgresql $(bin)/python -m pytest -q -n 3 --dist worksteal -m "$(fast)" tests/store tests/bot
	TEST_DATABASE=postgresql $(bin)/python -m pytest -q -m chaos tests/test_end_to_end.py

check-cluster-short: $(ready) postgresql  ## the part of it that concerns several machines
	TEST_DATABASE=postgresql $(bin)/python -m pytest -q -n 3 --dist worksteal -m "$(fast)" tests/store/database tests/store/jobs tests/store/messages

postgresql:
	sh .ci/postgresql.sh

check-floors: .venv-floors/.engine  ## the fast tests with the oldest versions that pyproject.toml allows
	$(floors)/python -m pytest -q -n 3 --dist worksteal -m "$(fast)"

check-floors-short: .venv-floors/.base  ## import every module of bot and store with the oldest versions
	$(floors)/python .ci/floors.py import bot store migrations sandbox

fix: $(ready)  ## put format and lint right, as far as a program can
	$(bin)/ruff check --fix
	$(bin)/ruff format

docs: $(ready)  ## write the generated tables of docs/ anew
	$(bin)/python -m docs

bench: $(ready)  ## how long people wait for the bot while the engine paints: benchmarks/out/latest.json
	$(bin)/python -m benchmarks bot

bench-paint: $(ready)  ## a step of the painter against the step of the notebooks: time and memory
	$(bin)/python -m benchmarks painting --sizes 256,384,512

bench-quality: $(ready)  ## what faster ways of painting cost in quality: bf16 against fp32, ten prompts, three seeds
	$(bin)/python -m benchmarks quality

bench-history: $(ready) postgresql  ## whether a long history slows the store: 10³ to 10⁶ finished jobs
	$(bin)/python -m benchmarks history
	$(bin)/python -m benchmarks history --postgresql

gallery: $(ready)  ## paint the prompts of docs/gallery.png anew
	$(bin)/python -W ignore -m training.gallery

pocket-eval: .training/judge.pt  ## how good the pocket models are: the table, and .training/evaluation.png
	$(bin)/python -W ignore -m training.evaluate

blind-sheet: $(ready)  ## sixty pictures without captions, shuffled, for a fresh eye; the key beside them
	mkdir -p .training
	$(bin)/python -W ignore -m training.evaluation.blind_sheet

conformance: $(ready)  ## our numbers against taming-transformers, ruclip and youtokentome themselves
	sh tests/conformance/environment.sh vqgan ruclip clip drafters
	$(bin)/python -m pytest -q -m conformance tests/conformance

conformance-short: $(ready)  ## the part of it that needs no compiler, at small sizes
	sh tests/conformance/environment.sh vqgan clip drafters
	$(bin)/python -m pytest -q -m conformance tests/conformance/short tests/conformance/drafters

fullsize: $(ready)  ## models of the published formats at full size: added, verified, painted with
	$(bin)/python -m pytest -q -s -m long tests/test_fullsize.py

clean:  ## remove what can be made again; .venv and the pictures in out/ stay
	rm -rf build dist demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(ready): pyproject.toml constraints.txt constraints-torch.txt
	$(PYTHON) -m venv .venv
	$(bin)/python -m pip install --disable-pip-version-check -c constraints.txt -c constraints-torch.txt -e ".[engine,sandbox,dev]"
	touch $@

# torchvision too: that of PyPI, which the extra engine would bring, does not go with another torch.
$(small): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(bin)/python -c 'import torch' 2>/dev/null || $(bin)/python -m pip install --disable-pip-version-check $$($(bin)/python deploy/torch_source.py cpu) torch torchvision
	$(bin)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[pocket,sandbox]"
	touch $@

.venv-floors/.base: pyproject.toml .ci/floors.py | $(ready)
	$(PYTHON) -m venv --clear .venv-floors
	$(bin)/python .ci/floors.py constraints cluster proxy sandbox > .venv-floors/base.txt
	$(floors)/python -m pip install --disable-pip-version-check -c .venv-floors/base.txt -e ".[cluster,proxy,sandbox]"
	touch $@

.venv-floors/.engine: .venv-floors/.base
	$(bin)/python .ci/floors.py constraints cluster engine proxy sandbox > .venv-floors/engine.txt
	$(floors)/python -m pip install --disable-pip-version-check -c .venv-floors/engine.txt -e ".[cluster,engine,proxy,sandbox]"
	$(floors)/python -m pip install --disable-pip-version-check -c constraints.txt packaging pytest pytest-asyncio pytest-timeout pytest-xdist setuptools
	touch $@

# The art comes from npm, and the judge learns for half an hour: for pocket-eval alone.
.training/art.safetensors: | $(ready)
	mkdir -p .training
	$(bin)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[training]"
	$(bin)/python -m training.art

.training/judge.pt: .training/art.safetensors
	$(bin)/python -W ignore -m training.judge
