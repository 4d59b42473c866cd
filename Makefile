# The Makefile only calls go and the programs in scripts/. Every call of go uses the
# settings of scripts/env, which first sets up libtensorflow.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.11.0
ENV := settings=$$(scripts/env) && eval "$$settings"

# TENSORFLOW=2.21.0 selects exactly this release, which the set-up downloads.
ifdef TENSORFLOW
export TFLAB_TENSORFLOW := $(TENSORFLOW)
endif

# The tests that compare with Keras are skipped if Keras cannot be installed.
REFERENCE := if TFLAB_REFERENCE=$$(scripts/lib/reference); then export TFLAB_REFERENCE; else unset TFLAB_REFERENCE; fi
NEWER_KERAS := if [ -n "$${TFLAB_REFERENCE:-}" ] && TFLAB_KERAS_3_15=$$(scripts/reference/setup-release keras-3.15); then export TFLAB_KERAS_3_15; else unset TFLAB_KERAS_3_15; fi

.PHONY: help setup build lab check hooks plan test test-gpu test-releases bench bench-compare lint fuzz format clean

help: ## print this list
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## find or download libtensorflow 2.15 to 2.21 (GPU=1: with CUDA, GPU=0: without)
	scripts/setup $(if $(GPU),$(if $(filter 0 no,$(GPU)),--cpu,--gpu))

build: setup ## build bin/tflab
	$(ENV)
	go build -o bin/tflab ./cmd/tflab

lab: build ## train the lab's networks (ARGS="--data DIR --epochs 1 ...")
	bin/tflab lab $(ARGS)

check: setup ## check a commit: format, vet, lint and the quick tests
	$(ENV)
	scripts/lib/format
	scripts/lib/modules go vet ./...
	go run $(GOLANGCI_LINT) run ./...
	scripts/lib/modules go test -short -timeout 10m ./...

hooks: ## make git run make check before each commit
	scripts/lib/hooks

test: plan setup ## format, vet, short fuzzing, race detector, all tests (TENSORFLOW=2.21.0: with this release)
	$(ENV)
	$(REFERENCE)
	$(NEWER_KERAS) # also loads the files that tflab writes
	scripts/lib/format
	scripts/lib/modules go vet ./...
	scripts/lib/fuzz 10000x
	# Tests that run Keras in a process of its own skip here: the race detector cannot see into that process.
	env -u TFLAB_REFERENCE -u TFLAB_KERAS_3_15 go test -race -short -timeout 20m $$(go run ./scripts/concurrent ./...)
	scripts/lib/modules go test -timeout 20m ./...

plan: # prints what test will download
	scripts/lib/plan

test-gpu: ## count the work of a step on stand-ins for a GPU (TFLAB_FAKEGPU=FOLDER; as root)
	export TFLAB_FAKEGPU=$${TFLAB_FAKEGPU:-$$PWD/../shared/fakegpu} TFLAB_COUNTED=$$PWD/bin/tflab-counting
	scripts/lib/counting go build -o "$$TFLAB_COUNTED" ./cmd/tflab
	$(ENV)
	go test -count=1 -v ./scripts/gpucount

test-releases: ## all tests with the oldest and the newest TensorFlow, an epoch with each (RELEASES="...")
	status=0
	for release in $(or $(RELEASES),2.15.1 2.21.0); do
	  echo "all tests with TensorFlow $$release"
	  scripts/lib/on $$release go test -timeout 20m ./... || status=1
	done
	scripts/lib/releases $(or $(RELEASES),2.15.1 2.21.0) || status=1
	exit $$status

bench: build ## measure tflab and Keras, then run the Go benchmarks (ARGS; BENCH=REGEXP, COUNT=N: only the Go benchmarks)
	$(ENV)
	if [ -z "$(BENCH)" ]; then
	  $(REFERENCE) # without Keras, only tflab is measured
	  bin/tflab bench --scaling $(ARGS)
	fi
	go test -run '^$$' -bench '$(or $(BENCH),.)' -count $(or $(COUNT),1) ./...

bench-compare: setup ## compare the benchmarks of commit BASE and of this tree with benchstat (BENCH=REGEXP, COUNT=N)
	$(ENV)
	scripts/lib/bench-compare "$(BASE)" '$(or $(BENCH),.)' $(or $(COUNT),6)

lint: setup ## run golangci-lint, which also checks the imports between packages
	$(ENV)
	go run $(GOLANGCI_LINT) run ./...

fuzz: setup ## fuzz each reader (TIME=30s)
	$(ENV)
	scripts/lib/fuzz $(or $(TIME),30s)

format: ## gofmt every file in place
	gofmt -w .

clean: ## remove what was built here; downloads of setup stay in the cache
	rm -rf bin .tflab
