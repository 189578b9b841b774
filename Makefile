# The only door to Quoin: everything a person or the continuous integration does starts here. `make help` lists it.
.NOTPARALLEL:
.DEFAULT_GOAL := build
.PHONY: setup build demo test check format bench golden fuzz oracles docs-check clean help

JOBS ?= $(shell nproc)
PORT ?= 8000
SECONDS ?= 10
configure = cmake --log-level=WARNING $(if $(QUOIN_DEPS),-DQUOIN_DEPS="$(QUOIN_DEPS)") --preset
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime

setup: ## install what is missing (Debian packages, .deps/); ends at once when everything is there
	@scripts/setup

build: setup ## build/quoin, the program (the default)
	@$(configure) dev >/dev/null
	@ninja -C build -j$(JOBS) quoin

demo: build ## simulate a market (or take DATA=file), train, gate, register, serve on PORT=8000
	@build/quoin demo --dir demo --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: build ## build everything and run the tests: T=regex chooses, ARGS='-LE slow' leaves out the slow ones, QUOIN_DATA=folder adds data
	@ninja -C build -j$(JOBS)
	@ctest --test-dir build -j2 --output-on-failure $(if $(T),-R "$(T)") $(ARGS)

check: ## layers, names, sizes, lists, documents, formatting: what a merge needs besides the tests
	@scripts/setup $(if $(CI),--with lint --with services)
	@status=0; scripts/check || status=1; scripts/format --check || status=1; exit $$status

format: ## format the C++ sources in place (needs scripts/setup --with lint)
	@scripts/format

bench: ## build as shipped and run the benchmarks: T="name name" chooses
	@scripts/setup --with bench
	@$(configure) release >/dev/null
	@ninja -C build-release -j$(JOBS)
	@bench/run $(T)

golden: build ## write the golden files anew and show what changed, for review
	@ninja -C build -j$(JOBS)
	@QUOIN_GOLDEN=1 ctest --test-dir build --output-on-failure -R '[Gg]olden'
	@git --no-pager diff --stat tests/golden

fuzz: ## fuzz the parsers with clang: T=name chooses one target, SECONDS=10 each
	@scripts/setup --with lint
	@$(configure) fuzz >/dev/null
	@ninja -C build-fuzz -j$(JOBS) $(if $(T),fuzz_$(T),fuzz_all)
	@scripts/fuzz $(SECONDS) $(T)

oracles: ## compute the tests' reference values anew with the libraries they come from, and show what changed
	@set -e; for oracle in tests/oracles/*.py; do echo "oracles: $$oracle"; scripts/python "$$oracle"; done
	@git --no-pager diff --stat tests/oracles

docs-check: build ## run the shell blocks of README.md and docs/guides as printed
	@scripts/docs_check

clean: ## remove what was built (not .deps/)
	@rm -rf build build-*

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
