# make help lists the targets.

# Packages in which goroutines meet: the race detector runs over these.
CONCURRENT = ./api/... ./connectors/... ./indexer/... ./internal/ingest ./internal/linker ./internal/store/... ./workers

FUZZTIME = 20s
PRACTICE = ../shared/data/practice
LANDBRUK = ../shared/data/nordic/landbruk-5pct
VARIANTS = 5
FIRMS = 200
HISTORIES = 20000
KILLS = 1000
FAULTS = 10m

.PHONY: help run build test check bench score score-variants score-landbruk screenshots soak fuzz servers

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: ## read and serve a fictional company
	go run ./cmd/samsyn demo

build: ## one static binary, ./samsyn
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o samsyn ./cmd/samsyn

test: servers ## every test; installs the servers they need where it may
	go vet ./...
	go test ./internal/archtest
	.ci/test -p 2 -timeout 40m ./...

check: ## format, vet, staticcheck, import rules, races
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	go test ./internal/archtest
	.ci/test -race -p 2 -timeout 60m $(CONCURRENT)

screenshots: servers ## pictures of every page in every state into docs/screens
	go test ./cmd/samsyn -run TestScreens -timeout 30m -screens $(CURDIR)/docs/screens

bench: servers ## every benchmark
	go test -run '^$$' -bench . -benchmem -p 1 -timeout 60m ./...

score: servers ## link a company whose links are known, through the real connectors, and print how well it went
	.ci/test -count=1 -run 'TestScore$$' -v -timeout 30m ./cmd/samsyn -practice $(abspath $(PRACTICE))

score-variants: ## link made-up companies, FIRMS customers each, and print how well it went
	go test -count=1 -run TestVariants -v -timeout 60m ./internal/linker -variants $(VARIANTS) -firms $(FIRMS)

score-landbruk: ## link real rows by name and municipality alone and print how well it went
	go test -count=1 -run TestLandbruk -v -timeout 30m ./internal/linker -landbruk $(abspath $(LANDBRUK))

soak: servers ## random histories of the store, kills of a sync and faults of servers, many more than in test
	SAMSYN_HISTORIES=$(HISTORIES) go test -run TestStore/./convergence -v -timeout 8h ./internal/store
	go test -run TestKilled -v -timeout 4h ./cmd/samsyn -kills $(KILLS)
	go test -run TestFaults -v -timeout 1h ./cmd/samsyn -faults $(FAULTS)

fuzz: ## every fuzz target for FUZZTIME
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

servers:
	@.ci/install
