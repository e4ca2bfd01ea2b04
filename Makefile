# What can be done here; `make help` prints the list.

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := .cache/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
# What `make generate` writes and what is checked in.
GENERATED := api/openapi.json '*.golden'

.NOTPARALLEL:
.PHONY: help run test bench faults lint generate generated-check setup-run setup-test

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run ## Start everything on :8080 with demo data; needs nothing but Go
	go run ./cmd/xinyu serve

test: setup-test generated-check lint ## Run every test and check, installing what they need
	go vet ./...
	go test -race -timeout 20m ./...

bench: setup-test ## Measure: one line a figure, BENCH name=... value=...
	go run ./cmd/bench bench

faults: setup-test ## Break things under load: one line a trial, FAULT name=... lost=...
	go run ./cmd/bench faults

lint: setup-test $(GOLANGCI_LINT) ## Run all linters
	$(GOLANGCI_LINT) run ./...
	shellcheck .ci/run deploy/*.sh

generate: setup-run ## Write the generated files anew
	go generate ./...

generated-check: generate
	git diff --exit-code -- $(GENERATED)

setup-run:
	@deploy/setup.sh run

setup-test:
	@deploy/setup.sh test

$(GOLANGCI_LINT):
	CGO_ENABLED=0 GOBIN=$(CURDIR)/.cache/bin go install -ldflags='-s -w' github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv .cache/bin/golangci-lint $@
