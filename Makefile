SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/target/tools/usr/bin:$(PATH)

CARGO_DENY := 0.20.2
CARGO_FUZZ := 0.13.2
BUILD := $(or $(CARGO_TARGET_DIR),target)
# All but the fuzz targets, which are a workspace of their own.
CRATES := $(filter-out fuzz,$(notdir $(wildcard crates/*)))
FUZZ := --manifest-path crates/fuzz/Cargo.toml
PROMETHEUS := deploy/prometheus
SECONDS := 60

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The release profile, although a first build takes minutes: what is tried is then as fast as what is shipped, but for
# the profile that this is optimised by, and the second start is immediate.
.PHONY: run
run: ## Build and start the gateway on its sandbox; it prints requests to try
	cargo run --release --locked --package switchboard --bin switchboard -- serve --config config.toml

# The fastest check first. Each crate is also checked alone, because together they switch on features
# of common dependencies for one another.
.PHONY: test
test: tools ## Check code and contract, installing what it needs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	for crate in $(CRATES); do cargo check --package $$crate --locked; done
	cargo fmt $(FUZZ) --check
	cargo clippy $(FUZZ) --target-dir $(BUILD) --locked -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --document-private-items --locked
	promtool check rules $(PROMETHEUS)/rules.yml $(PROMETHEUS)/slo.yml
	promtool test rules $(PROMETHEUS)/rules_test.yml $(PROMETHEUS)/slo_test.yml
	promtool check config $(PROMETHEUS)/prometheus.yml
	cargo nextest run --workspace --locked
	cargo test --doc --workspace --locked
	cargo build --locked --package switchboard --bin switchboard
	.ci/check-metrics $(BUILD)/debug/switchboard
	.ci/check-clients $(BUILD)/debug/switchboard
	.ci/check-openapi $(BUILD)/debug/switchboard
	.ci/check-config-schema $(BUILD)/debug/switchboard
	.ci/check-typescript $(BUILD)/debug/switchboard
	.ci/check-traces $(BUILD)/debug/switchboard

# It takes two builds, since the program is optimised by a profile of itself.
.PHONY: production
production: ## Build the program that is shipped and measured, target/production/switchboard
	.ci/build-production

# Each of these installs what it needs. They try the program that is shipped and measured, and so do Twilio's libraries
# once more: a faster program has other races.
.PHONY: test-all
test-all: test production ## Run that, and what needs a browser, a real Prometheus or tools of deployment
	.ci/check-clients $(BUILD)/production/switchboard
	.ci/check-monitoring $(BUILD)/production/switchboard
	.ci/check-manual $(BUILD)/production/switchboard
	.ci/check-deploy $(BUILD)/production/switchboard
	.ci/check-console $(BUILD)/production/switchboard

# Of the release profile, since the pictures show how long things take.
.PHONY: screenshots
screenshots: ## Take the pictures of console and dashboard in docs/images anew
	cargo build --release --locked --package switchboard --bin switchboard
	.ci/screenshots $(BUILD)/release/switchboard

.PHONY: tools
tools:
	.ci/install-tools

# The tool's own release profile takes ten minutes for the last percent of its speed.
.PHONY: audit
audit: ## Check the dependencies: bans, licences, sources
	command -v cargo-deny >/dev/null || \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
		cargo install --locked cargo-deny@$(CARGO_DENY)
	cargo deny --locked check --hide-inclusion-graph bans licenses sources

.PHONY: fuzz
fuzz: ## Run each fuzz target for a minute, or for SECONDS=…
	command -v cargo-fuzz >/dev/null || \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
		cargo install --locked cargo-fuzz@$(CARGO_FUZZ)
	.ci/fuzz $(SECONDS)

.PHONY: bench
bench: ## Measure the codecs and the gateway beside a bare server
	cargo bench --package benches --locked

# Not part of `make test`: it needs the release profile, whose first build takes minutes.
.PHONY: bench-instructions
bench-instructions: ## Count the instructions of a cache hit, and compare with the committed count
	.ci/check-instructions

.PHONY: profile
profile: production ## Print where the instructions of a hit, a passed and a normalised request go
	cargo build --release --locked --package benches --bin peers
	.ci/profile $(BUILD)/production/switchboard $(BUILD)/release/peers

# What to measure of it, in how many rounds, for how many requests that memory is to be flat; WHEELS=1 brings Envoy
# and Traefik, STRICT=1 makes it fail if a goal is missed. Pingora may fail to build: it is left out then.
ONLY ?=
ROUNDS ?= 20
REQUESTS ?= 1000000
PINGORA := benches/peers/pingora/Cargo.toml

.PHONY: bench-peers
bench-peers: production ## Measure the gateway beside nginx, HAProxy, Varnish and others, for ONLY="start cpu latency memory growth"
	.ci/install-peers
	cargo build --release --locked --package benches --bin peers
	PATH="$$PATH:$(CURDIR)/target/peers/bin" cargo build --release --locked --manifest-path $(PINGORA) --target-dir $(BUILD) || true
	$(BUILD)/release/peers measure $(BUILD)/production/switchboard target/peers \
		--only "$(ONLY)" --rounds $(ROUNDS) --requests $(REQUESTS) --strict "$(STRICT)"

.PHONY: soak
# How long it lasts, without its starts and ends.
soak: SECONDS := 120
soak: tools ## Traffic, faults, reloads and restarts, for SECONDS: nothing may be lost, wrong or grow
	cargo build --release --locked --package switchboard --bin switchboard
	cargo run --release --locked --package benches --bin soak -- $(BUILD)/release/switchboard $(SECONDS)

.PHONY: fmt
fmt: ## Format the code
	cargo fmt --all
	cargo fmt $(FUZZ)

.PHONY: clean
clean: ## Remove what was built
	cargo clean
