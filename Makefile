# Thin on purpose: the work is done by go and by scripts/. Whatever calls go does
# so with the settings of scripts/env, which sets libtensorflow up first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.11.0
ENV := settings=$$(scripts/env) && eval "$$settings"

# TENSORFLOW=2.21.0 is for this release, which the set-up fetches, and no other.
ifdef TENSORFLOW
export TFLAB_TENSORFLOW := $(TENSORFLOW)
endif

# The tests that compare with Keras skip where it cannot be installed.
REFERENCE := if TFLAB_REFERENCE=$$(scripts/lib/reference); then export TFLAB_REFERENCE; else unset TFLAB_REFERENCE; fi
NEWER_KERAS := if [ -n "$${TFLAB_REFERENCE:-}" ] && TFLAB_KERAS_3_15=$$(scripts/reference/setup-release keras-3.15); then export TFLAB_KERAS_3_15; else unset TFLAB_KERAS_3_15; fi

.PHONY: help setup build lab check hooks plan test test-gpu test-releases bench bench-compare lint fuzz format clean

help: ## this list
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## find libtensorflow 2.15 to 2.21, or fetch it (GPU=1: for CUDA, GPU=0: not)
	scripts/setup $(if $(GPU),$(if $(filter 0 no,$(GPU)),--cpu,--gpu))

build: setup ## build bin/tflab
	$(ENV)
	go build -o bin/tflab ./cmd/tflab

lab: build ## train the lab's networks (ARGS="--data DIR --epochs 1 ...")
	bin/tflab lab $(ARGS)

check: setup ## what to run before a commit: format, vet, lint and the quick tests
	$(ENV)
	scripts/lib/format
	scripts/lib/modules go vet ./...
	go run $(GOLANGCI_LINT) run ./...
	scripts/lib/modules go test -short -timeout 10m ./...

hooks: ## have git run make check before each commit
	scripts/lib/hooks

test: plan setup ## format, vet, a moment of fuzzing, races, every test (TENSORFLOW=2.21.0: on that release)
	$(ENV)
	$(REFERENCE)
	$(NEWER_KERAS) # loads what tflab writes, too
	scripts/lib/format
	scripts/lib/modules go vet ./...
	scripts/lib/fuzz 10000x
	go test -race -short -timeout 20m $$(go run ./scripts/concurrent ./...)
	scripts/lib/modules go test -timeout 20m ./...

plan: # says first what test will fetch
	scripts/lib/plan

test-gpu: ## count what a step costs on a GPU, where its stand-ins are (TFLAB_FAKEGPU names their folder; root)
	export TFLAB_FAKEGPU=$${TFLAB_FAKEGPU:-$$PWD/../shared/fakegpu} TFLAB_COUNTED=$$PWD/bin/tflab-counting
	scripts/lib/counting go build -o "$$TFLAB_COUNTED" ./cmd/tflab
	$(ENV)
	go test -count=1 -v ./scripts/gpucount

test-releases: ## every test on the oldest and the newest TensorFlow, an epoch on each (RELEASES="...")
	status=0
	for release in $(or $(RELEASES),2.15.1 2.21.0); do
	  echo "every test on TensorFlow $$release"
	  scripts/lib/on $$release go test -timeout 20m ./... || status=1
	done
	scripts/lib/releases $(or $(RELEASES),2.15.1 2.21.0) || status=1
	exit $$status

bench: build ## time tflab beside Keras, then its parts (ARGS; BENCH=REGEXP, COUNT=N: the parts only)
	$(ENV)
	if [ -z "$(BENCH)" ]; then
	  $(REFERENCE) # without Keras, tflab is timed alone
	  bin/tflab bench --scaling $(ARGS)
	fi
	go test -run '^$$' -bench '$(or $(BENCH),.)' -count $(or $(COUNT),1) ./...

bench-compare: setup ## the benchmarks of commit BASE and of this tree in turns, as benchstat's table (BENCH=REGEXP, COUNT=N)
	$(ENV)
	scripts/lib/bench-compare "$(BASE)" '$(or $(BENCH),.)' $(or $(COUNT),6)

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
