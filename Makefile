# SPDX-FileCopyrightText: The Updraft authors
# SPDX-License-Identifier: Apache-2.0

.DEFAULT_GOAL := help
.PHONY: help demo build image dist test bench fuzz simulate format lint
SHELL := /bin/bash

help: ## Says what can be made.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

demo: build ## Builds Updraft and runs the guide end to end; ARGS="--keep" passes flags on.
	@.build/release/updraft demo $(ARGS)

build: ## Builds the release executable, installing what is missing first.
	@scripts/bootstrap build
	@test -x .build/release/updraft || echo "The first build compiles every library: about 10 minutes on 2 cores. Later ones take seconds."
	@swift build -c release --product updraft

image: build ## An OCI image layout in .build/image, made without Docker.
	@scripts/package image

dist: build ## A tarball in .build/dist that runs without Swift.
	@scripts/package dist

test: ## Every test, with real kubectl and ab.
	@scripts/test $(ARGS)

bench: ## Measurements, in a release build.
	@scripts/bootstrap build
	@swift build -c release --product store-bench && .build/release/store-bench
	@swift build -c release --product store-torture && .build/release/store-torture
	@swift build -c release --product updraft && swift build -c release --product apiserver-bench && .build/release/apiserver-bench
	@swift build -c release --product autoscaler-bench && .build/release/autoscaler-bench
	@swift build -c release --product metrics-server-bench && .build/release/metrics-server-bench
	@swift build -c release --product metric-rules-bench && .build/release/metric-rules-bench

fuzz: ## Damaged texts for every parser of what strangers send; ARGS="SECONDS SEED TARGET", 60 seconds for each.
	@scripts/bootstrap build
	@swift build -c release --product fuzz && .build/release/fuzz $(ARGS)

simulate: ## The autoscaler under simulated faults: 1,000 seeds of 24 hours, about 40 minutes; ARGS="10 24 7" for 10 seeds from 7.
	@scripts/bootstrap build
	@swift build -c release --product autoscaler-simulation && .build/release/autoscaler-simulation $(ARGS)

format: ## Rewrites all Swift sources in the project's format.
	@swift format -i -r -p Package.swift Sources Tests Benchmarks

lint: ## Says where sources are not in the project's format.
	@swift format lint -s -r -p Package.swift Sources Tests Benchmarks
