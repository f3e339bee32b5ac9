# Every target is one line; CI calls `make test` and nothing else.
SHELL := /usr/bin/env bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install assets demo test check fmt bench bench-reach bench-circle bench-rounds bench-rounds-full long faults \
  lint-tree fmt-check clippy test-rust docs build e2e

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## installs what is missing on this machine
	@scripts/step install scripts/install

assets: ## bundles the browser's files into assets/dist
	@scripts/step assets npm run build --if-present --silent

demo: ## makes a demo city under data/ if there is none, and serves it on http://127.0.0.1:8080
	@scripts/demo

test: install assets lint-tree fmt-check clippy test-rust docs e2e ## everything CI demands, on both databases and in a browser

check: fmt-check ## fast: format, lints, unit tests
	@scripts/step check scripts/check

fmt: ## formats the code
	@cargo fmt --all

bench: ## measures, and rewrites the tables of docs/PERFORMANCE.md
	@scripts/step bench bench/run

bench-reach: ## measures walking distances beside scipy and pandana (STREETS=file.osm.pbf)
	@scripts/step bench-reach bench/reach

bench-circle: ## measures the care circle of a demo city of any size (DATA=folder of `sangyu demo`)
	@cargo build --locked --release --quiet -p app
	@scripts/step bench-circle node bench/circle.mjs target/release/sangyu "$(DATA)"

bench-rounds: ## measures the planner of visits and its peers; ROUNDS_DATA names the instances
	@scripts/step bench-rounds bench/rounds/run

bench-rounds-full: ## likewise on all instances; resumes where it stopped
	@scripts/step bench-rounds-full bench/rounds/run --full

faults: ## kills, failing disks, lost answers: FAULT_KILLS kills of the server on each engine (300), each order held against what clients were told
	@FAULT_KILLS=$${FAULT_KILLS:-300} scripts/step faults scripts/test-rust -p app -E 'test(/^(killed|faults|outage|drill)::/)'

long: ## property tests with many more cases than `make test`, then the fuzz targets for a minute each
	@PROPTEST_CASES=20000 scripts/step long scripts/test-rust --workspace
	@scripts/step fuzz scripts/fuzz

# Parts of `make test`.
lint-tree:
	@scripts/step lint-tree scripts/lint-tree

fmt-check:
	@scripts/step fmt-check cargo fmt --all --check

clippy: assets
	@scripts/step clippy cargo clippy --locked --workspace --all-targets --quiet -- -D warnings

test-rust: assets
	@scripts/step test-rust scripts/test-rust

docs: assets
	@RUSTDOCFLAGS="-D warnings" scripts/step docs cargo doc --locked --workspace --no-deps --quiet

build: assets
	@scripts/step build cargo build --locked --quiet -p app

e2e: build
	@scripts/step e2e scripts/with-postgres node e2e/run.mjs
