# SPDX-License-Identifier: Apache-2.0
# What a developer or a first-time user types. The build itself is CMake's; see CMakePresets.json.

BUILD := build/release
DEMO ?= build/demo
PREFIX ?= /usr
PROGRAMS := sheen sheen-mgs sheen-mds sheen-oss mount.sheen is-claimed
SEED ?= 1
JOBS ?= $(shell nproc)

# Debian 12.
DEB := g++ cmake ninja-build pkg-config ccache flatbuffers-compiler libflatbuffers-dev \
  libzmq3-dev cppzmq-dev libsqlite3-dev libqb-dev libqb-tools libfuse3-dev fuse3 libfmt-dev libcli11-dev \
  libtomlplusplus-dev libpugixml-dev libexpected-dev libisal-dev libxxhash-dev libboost-test-dev \
  libbenchmark-dev python3 python3-pytest clang libclang-rt-14-dev clang-format \
  acl attr sqlite3 rsync fio dbench bonnie++ stress-ng fsmark git e2fsprogs xfsprogs psmisc

# EL9 with EPEL and CRB. Written by knowledge of the names; untested.
RPM := gcc-c++ cmake ninja-build pkgconf-pkg-config ccache flatbuffers-compiler flatbuffers-devel \
  zeromq-devel cppzmq-devel sqlite-devel libqb-devel fuse3-devel fuse3 fmt-devel cli11-devel \
  tomlplusplus-devel pugixml-devel expected-devel isa-l-devel xxhash-devel boost-devel boost-test \
  google-benchmark-devel python3 python3-pytest clang compiler-rt clang-tools-extra \
  acl attr sqlite rsync fio dbench bonnie++ stress-ng fs_mark git e2fsprogs xfsprogs psmisc

.PHONY: help deps deps-deb deps-rpm configure build programs install demo demo-down demo-clean check soak sim cluster cluster-demo cluster-campaign bench format

help:
	@echo "make demo        install what is missing, build, start a file system, mount it at $(DEMO)/mnt"
	@echo "make demo-down   unmount and stop it; the data stays. FORCE=1: although it is in use"
	@echo "make demo-clean  remove it (FORCE=1 likewise)"
	@echo "make install     build, install the programs below $(PREFIX) (PREFIX=dir, DESTDIR=dir)"
	@echo "make check       install what is missing, build, run all the tests"
	@echo "make soak        the long versions of those tests: about an hour"
	@echo "make sim         run one simulation again: SEED=$(SEED)"
	@echo "make cluster     boot two pairs of servers and two clients (tests/cluster/cluster down ends them)"
	@echo "make cluster-demo      the same, then a node is switched off under load, and it is told what happens"
	@echo "make cluster-campaign  break it for hours: ROUNDS=$(ROUNDS)"
	@echo "make bench       measure against libfuse's passthrough and a bare ZeroMQ ping-pong"
	@echo "make deps build format"
	@echo "DEMO=dir puts the demo elsewhere (one at a time); JOBS=n compiles with n processes"

deps:
	@if command -v apt-get >/dev/null; then $(MAKE) --no-print-directory deps-deb; \
	elif command -v dnf >/dev/null; then $(MAKE) --no-print-directory deps-rpm; \
	else echo "neither apt-get nor dnf here: install what the Makefile lists by hand"; exit 1; fi

# One look at the package database; nothing else happens if all is there.
deps-deb:
	@have=" $$(dpkg-query -W -f='$${db:Status-Status}:$${Package} ' $(DEB) 2>/dev/null)"; missing=; \
	for p in $(DEB); do case "$$have" in *" installed:$$p "*) ;; *) missing="$$missing $$p";; esac; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "installing$$missing"; \
	apt-get -q update && \
	DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $$missing

deps-rpm:
	@missing=$$(rpm -q $(RPM) | sed -n 's/^package \(.*\) is not installed$$/\1/p'); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "installing" $$missing; \
	dnf -y install epel-release 'dnf-command(config-manager)' && \
	dnf config-manager --set-enabled crb && \
	dnf -y install $$missing

configure: deps
	@test -f $(BUILD)/build.ninja || cmake --preset release \
	  $$(command -v ccache >/dev/null && echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)

build: configure
	@cmake --build $(BUILD) --parallel $(JOBS)

# Without tests and fuzzers, which take longer to build than all of it.
programs: configure
	@cmake --build $(BUILD) --parallel $(JOBS) --target $(PROGRAMS)

install: programs
	@cmake --install $(BUILD) --prefix '$(PREFIX)'

demo: programs
	@$(BUILD)/bin/sheen demo up --dir '$(DEMO)'

demo-down:
	@$(BUILD)/bin/sheen demo down --dir '$(DEMO)' $(if $(FORCE),--force)

demo-clean:
	@$(BUILD)/bin/sheen demo clean --dir '$(DEMO)' $(if $(FORCE),--force)

check: build
	@tests/cluster/install-packages
	@ctest --test-dir $(BUILD) --parallel $(JOBS) --output-on-failure --no-tests=error

soak: build
	$(BUILD)/bin/sim --seed 100000 --seeds 2000
	$(BUILD)/bin/request_storm --seed 100000 --seeds 500 --bytes 200000
	tests/fuzz/run_fuzzers.py --source . --build build/fuzz --seconds 120 message body layout acl requests
	cd tests/system && SHEEN_BIN=$(abspath $(BUILD)/bin) SHEEN_TREE_FILES=20000 SHEEN_TOOL_SECONDS=60 \
	  /usr/bin/python3 -m pytest -q -x --durations=5 -p no:cacheprovider test_workloads.py test_tools.py test_big_directory.py

sim: build
	@$(BUILD)/bin/sim --seed $(SEED)

cluster: build
	@tests/cluster/install-packages
	@tests/cluster/cluster up

cluster-demo: build
	@tests/cluster/install-packages
	@tests/cluster/demo

# The check's cluster tests and the campaign's, ROUNDS times.
ROUNDS ?= 5
cluster-campaign: build
	@tests/cluster/install-packages
	@cd tests/cluster && for round in $$(seq $(ROUNDS)); do \
	  echo "round $$round of $(ROUNDS)"; \
	  SHEEN_BIN=$(abspath $(BUILD)/bin) SHEEN_CAMPAIGN_SEED=$$round /usr/bin/python3 -m pytest -q -x -s -p no:cacheprovider . campaign_faults.py || exit 1; \
	done

bench: build
	@$(BUILD)/bin/rpc_bench
	@$(BUILD)/bin/lane_bench
	@SHEEN_BIN=$(abspath $(BUILD)/bin) tests/bench/mount_bench.py

format:
	@find cli client-fuse ha lib mds mgs oss tests \( -name '*.h' -o -name '*.cc' \) -print0 \
	  | xargs -0 clang-format -i
