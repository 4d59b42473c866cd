# Thin on purpose: the work is done by go and by scripts/. Whatever calls go does
# so with the settings of scripts/env, which sets libtensorflow up first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.11.0
ENV := settings=$$(scripts/env) && eval "$$settings"

.PHONY: help setup build lab test bench lint fuzz format clean

help: ## this list
	sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## find libtensorflow 2.15 to 2.21, or fetch it (GPU=1: one built for CUDA)
	scripts/setup $(if $(GPU),--gpu)

build: setup ## build bin/tflab
	$(ENV)
	go build -o bin/tflab ./cmd/tflab

lab: build ## train the lab's networks (ARGS="--data DIR --epochs 1 ...")
	bin/tflab lab $(ARGS)

test: setup ## format, vet, fuzz each reader for a moment, and every test
	$(ENV)
	# The tests that compare with Keras skip where it cannot be installed.
	if TFLAB_REFERENCE=$$(scripts/reference/setup); then export TFLAB_REFERENCE; fi
	scripts/lib/format
	scripts/lib/modules go vet ./...
	scripts/lib/fuzz 10000x
	go test -race -short -timeout 20m $$(scripts/lib/concurrent)
	scripts/lib/modules go test -timeout 20m ./...

bench: build ## time tflab beside Keras, then its parts (ARGS; BENCH=REGEXP, COUNT=N: the parts only)
	$(ENV)
	if [ -z "$(BENCH)" ]; then
	  # Without Keras, tflab is timed alone.
	  if TFLAB_REFERENCE=$$(scripts/reference/setup); then export TFLAB_REFERENCE; fi
	  bin/tflab bench --scaling $(ARGS)
	fi
	go test -run '^$$' -bench '$(or $(BENCH),.)' -count $(or $(COUNT),1) ./...

lint: setup ## golangci-lint, which also holds who may import whom
	$(ENV)
	go run $(GOLANGCI_LINT) run ./...

fuzz: setup ## fuzz each reader (TIME=30s)
	$(ENV)
	scripts/lib/fuzz $(or $(TIME),30s)

format: ## gofmt every file in place
	gofmt -w .

clean: ## remove what was built here; what setup fetched stays in the cache
	rm -rf bin .tflab
