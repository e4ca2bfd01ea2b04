# What can be done here; `make help` prints the list.

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := .cache/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
# What `make contract` writes and what is checked in.
CONTRACT := api/openapi.json miniprogram/src/api/schema.d.ts
MINI := miniprogram
# WeChat's own tools: 300 MB that only the tests need.
WECHAT := $(MINI)/test/wechat
# SQLite is C made into Go, on memory of its own that the race detector cannot
# follow; watching it made the tests three times as slow.
UNINSTRUMENTED := -gcflags='modernc.org/...=-race=false -d=checkptr=0'
SOURCES = $(shell find $(MINI)/src $(MINI)/scripts -type f) $(MINI)/index.html $(MINI)/vite.config.ts $(MINI)/package-lock.json

.NOTPARALLEL:
.PHONY: help run test test-clients bench faults clients lint generate contract contract-check setup-run setup-test

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The program is compiled once beside the client's build, which takes as long on
# an empty machine, and once more, quickly, with the client in it.
run: setup-run ## Start everything on :8080 with demo data; needs Go, and Node.js for the client
	@if command -v npm >/dev/null; then go build -o /dev/null ./cmd/xinyu & \
		$(MAKE) --no-print-directory clients && wait; \
	else echo 'npm is not installed: the API starts without the client at /m/ (install Node.js 20 or later)'; fi
	go run ./cmd/xinyu serve

test: setup-test contract-check lint ## Run every test and check, installing what they need
	go test -race $(UNINSTRUMENTED) -timeout 40m ./...
	@$(MAKE) --no-print-directory test-clients

# After the Go tests, which build for all they need of the two cores.
test-clients: clients $(WECHAT)/node_modules/.installed
	cd $(MINI) && npm run check && npm test && npm run test:builds
	go build -o .cache/bin/ ./cmd/xinyu ./cmd/logcheck
	cd $(MINI) && export SERVER_BINARY=$(CURDIR)/.cache/bin/xinyu LOG_CHECKER=$(CURDIR)/.cache/bin/logcheck && npm run test:journeys && npm run test:wechat

clients: $(MINI)/dist/.built ## Build the client for WeChat and for the browser

$(MINI)/node_modules/.installed: $(MINI)/package-lock.json
	cd $(MINI) && npm ci --ignore-scripts
	touch $@

$(WECHAT)/node_modules/.installed: $(WECHAT)/package-lock.json
	cd $(WECHAT) && npm ci --ignore-scripts
	touch $@

$(MINI)/dist/.built: $(MINI)/node_modules/.installed $(SOURCES)
	cd $(MINI) && npm run build
	touch $@

bench: setup-test ## Measure: one line a figure, BENCH name=... value=...
	go run ./cmd/bench bench

faults: setup-test ## Break things under load: one line a trial, FAULT name=... lost=...
	go run ./cmd/bench faults

lint: setup-test $(GOLANGCI_LINT) $(MINI)/node_modules/.installed ## Run all linters
	$(GOLANGCI_LINT) run ./...
	cd $(MINI) && npm run --silent check:contract
	shellcheck .ci/run deploy/*.sh deploy/demo/*.sh

generate: setup-test ## Write the generated files and all golden files anew: look at the diff
	go test ./api -run 'TheCodesAre' -count=1 -update
	@$(MAKE) --no-print-directory contract
	go test ./api -run 'GoldenOne|TheMatrix' -count=1 -update

contract: setup-run $(MINI)/node_modules/.installed
	go generate ./...
	cd $(MINI) && npm run --silent generate

contract-check:
	@before=$$(cat $(CONTRACT) | cksum); $(MAKE) --no-print-directory contract && \
	if [ "$$before" != "$$(cat $(CONTRACT) | cksum)" ]; then \
		echo 'The contract was out of date and has been written anew: $(CONTRACT).' >&2; \
		echo 'Run `make generate`, look at the diff, and commit it with your change.' >&2; exit 1; \
	fi

setup-run:
	@deploy/setup.sh run

setup-test:
	@deploy/setup.sh test

$(GOLANGCI_LINT):
	CGO_ENABLED=0 GOBIN=$(CURDIR)/.cache/bin go install -ldflags='-s -w' github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv .cache/bin/golangci-lint $@
