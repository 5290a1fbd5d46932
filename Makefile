# make help lists the targets. make check is what CI runs.

GO       ?= go
TOOL      = $(GO) tool -modfile=tools.mod
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
FUZZTIME ?= 5s

.DEFAULT_GOAL := help
.PHONY: help check test race fuzz vet lint format format-check demo bench golden build clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: format-check vet lint race fuzz ## All that CI checks

test: ## Run the tests
	$(GO) test ./...

race: ## Run the tests under the race detector
	$(GO) test -race ./...

fuzz: ## Fuzz each target for FUZZTIME (5s)
	GO="$(GO)" .ci/fuzz $(FUZZTIME)

vet: ## Run go vet
	$(GO) vet ./...

lint: ## Run golangci-lint; the first time builds it, which takes minutes
	$(TOOL) golangci-lint run ./...

format: ## Rewrite the source with gofumpt
	$(TOOL) gofumpt -w .

format-check: ## List what gofumpt would rewrite, and fail if there is any
	@GO="$(GO)" .ci/format

demo: ## Run the bot against a local Telegram and a local platform
	$(GO) run ./cmd/phonechatbot demo

bench: ## Run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

golden: ## Write golden files and transcripts anew; read the diff before you commit
	$(GO) test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u) -update

build: ## Build a static binary, bin/phonechatbot
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/phonechatbot ./cmd/phonechatbot

clean: ## Remove what build and the tests left
	rm -rf bin
	find . -name '*.test' -o -name '*.prof' | xargs -r rm -f
