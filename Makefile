# make help lists the targets.
TREE   ?= .
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
TAGS   ?=
GO      = CGO_ENABLED=0 go build -trimpath -tags '$(TAGS)' -ldflags '-s -w -X mini-container/lib/cli.version=$(VERSION)'
TOOLS   = ./cmd/mc-net ./cmd/mc-cgroup ./cmd/mc-ns ./cmd/mc-rootfs
DEMOS   = ./examples/server ./examples/client ./examples/hungry

# Where "make install" puts what was built, all of it below DESTDIR.
PREFIX  ?= /usr/local
DESTDIR ?=
OURS     = $(PREFIX)/libexec/mini-container
LINKS    = $(notdir $(TOOLS)) mini-container.sh mc-exec.sh

# What completes the tools in bash, zsh and fish, below share/.
SHELLS   = $(foreach tool,$(notdir $(TOOLS)),bash-completion/completions/$(tool) zsh/site-functions/_$(tool) fish/vendor_completions.d/$(tool).fish)

NFPM       = go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
DEBVERSION = $(if $(filter v%,$(VERSION)),$(VERSION:v%=%),0.1.0~$(VERSION))

# Programs that check the sources, at the versions that CI has.
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
SHFMT       = go run mvdan.cc/sh/v3/cmd/shfmt@v3.14.1
SCRIPTS     = scripts/*.sh examples/recipes/*.sh bench/*.sh test/*.sh test/vm/*.sh .ci/run

# The version comes from above. Asking git for it once more fails, in a checkout
# that somebody else owns.
export GOFLAGS += -buildvcs=false

.PHONY: help build man install uninstall deb payload rootfs run test test-host test-crash test-vm vm check house bench bench-net bench-bombs escape docs clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' Makefile

build: ## the tools and the demonstrations, into bin/
	@mkdir -p $(TREE)/bin/shared_folder $(TREE)/bin/libexec $(TREE)/scripts
	$(GO) -o $(TREE)/bin/ $(TOOLS)
	$(GO) -tags '$(TAGS) unpack' -o $(TREE)/bin/libexec/ ./cmd/mc-rootfs
	$(GO) -o $(TREE)/bin/shared_folder/ $(DEMOS)
	@[ $(TREE) = . ] || { cp scripts/*.sh $(TREE)/scripts/; mkdir -p $(TREE)/examples; cp -r examples/recipes $(TREE)/examples/; }

man: ## man pages and completions, into build/share
	go run ./man $(TREE)/build/share

payload: # what the tests run in a container
	$(GO) -o $(TREE)/bin/ ./test/payload ./test/tries

rootfs: build ## a root file system in ./rootfs (ROOTFS_TARBALL= takes a file)
	@scripts/rootfs.sh rootfs

run: rootfs ## a shell in a container
	scripts/mini-container.sh --share bin/shared_folder ./rootfs host-1 192.168.1.2 /bin/sh

install: build man ## tools, scripts, man pages, completions, below PREFIX (/usr/local)
	install -d $(addprefix $(DESTDIR)$(OURS)/,bin/libexec scripts) $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man7 share/man/man8)
	install $(addprefix $(TREE)/bin/,$(notdir $(TOOLS))) $(DESTDIR)$(OURS)/bin/
	install $(TREE)/bin/libexec/mc-rootfs $(DESTDIR)$(OURS)/bin/libexec/
	install scripts/*.sh $(DESTDIR)$(OURS)/scripts/
	for tool in $(notdir $(TOOLS)); do ln -sfn ../libexec/mini-container/bin/$$tool $(DESTDIR)$(PREFIX)/bin/; done
	for script in $(filter %.sh,$(LINKS)); do ln -sfn ../libexec/mini-container/scripts/$$script $(DESTDIR)$(PREFIX)/bin/; done
	cd $(TREE)/build/share && for page in man/man?/*; do gzip -9nc $$page >$(abspath $(DESTDIR)$(PREFIX))/share/$$page.gz || exit; done
	install -d $(addprefix $(abspath $(DESTDIR)$(PREFIX))/share/,$(sort $(dir $(SHELLS))))
	cd $(TREE)/build/share && for file in $(SHELLS); do install -m 644 $$file $(abspath $(DESTDIR)$(PREFIX))/share/$$file || exit; done

uninstall: ## remove what "make install" has put there
	rm -rf $(DESTDIR)$(OURS)
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(LINKS))
	rm -f $(patsubst %,$(DESTDIR)$(PREFIX)/share/man/man8/%.8.gz,$(LINKS)) $(DESTDIR)$(PREFIX)/share/man/man7/mini-container.7.gz
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/,$(SHELLS))

deb: ## a Debian package, into build/
	rm -rf $(TREE)/build/deb
	$(MAKE) --no-print-directory install DESTDIR=$(abspath $(TREE))/build/deb PREFIX=/usr
	@# Debian's zsh looks there for what packages bring.
	mv $(TREE)/build/deb/usr/share/zsh/site-functions $(TREE)/build/deb/usr/share/zsh/vendor-completions
	STAGED=$(abspath $(TREE))/build/deb DEBVERSION=$(DEBVERSION) ARCH=$$(go env GOARCH) $(NFPM) package --config packaging/nfpm.yaml --packager deb --target $(TREE)/build/

setup: # the Debian packages that tests and checks need
	@test/setup.sh

test: setup test-host test-vm ## all tests: here, and in a virtual machine

test-host: ## the tests on this kernel
	@mkdir -p build && : >build/skipped
	SKIPPED_LOG=$(CURDIR)/build/skipped go test -count=1 -timeout 15m $$(go list ./... | grep -v -e /crash -e /bench)
	SKIPPED_LOG=$(CURDIR)/build/skipped go test -count=1 -timeout 40m -p 1 ./test/crash ./bench
	@cat build/skipped

test-crash: setup ## the long run of test/crash: all calls, all errors, 2,000 kills
	FAULTS=all KILLS=2000 go test -v -count=1 -timeout 3h ./test/crash

test-vm: ## the kernel tests in a virtual machine with pure cgroup v2
	test/vm/vm.sh test

vm: ## a shell in that machine, or CMD='…' in it
	test/vm/vm.sh run "$$CMD"

check: setup ## the sources: form, vet, lint, sizes
	@echo gofmt; test -z "$$(gofmt -l . | tee /dev/stderr)"
	go vet ./...
	go vet -tags unpack ./cmd/mc-rootfs
	go vet -tags manual ./lib/cli
	$(STATICCHECK) ./...
	$(STATICCHECK) -tags unpack ./cmd/mc-rootfs
	shellcheck $(wildcard $(SCRIPTS))
	$(SHFMT) -d $(wildcard $(SCRIPTS))
	go mod tidy -diff
	$(MAKE) --no-print-directory house

house: ## the sizes that we keep
	go run ./test/house

bench: build ## whole lives against the peers, by hand and the floor (N= rounds)
	@test/setup.sh crun=crun runc=runc /usr/lib/cni/bridge=containernetworking-plugins podman=podman
	bench/life.sh $(N)

bench-net: build ## what a network costs among many, and what it carries
	@test/setup.sh iperf3=iperf3
	bench/growth.sh
	bench/throughput.sh

bench-bombs: build payload ## what the host's own work loses to bombs inside a limited group
	@test/setup.sh stress-ng=stress-ng
	bench/bombs.sh $(N)

escape: setup ## what is open to a hostile command, in ours and in others, in that machine
	@test/setup.sh crun=crun runc=runc podman=podman mkfs.ext4=e2fsprogs
	test/vm/vm.sh escape

docs: ## draw the picture of docs/ anew (graphviz)
	@test/setup.sh dot=graphviz
	{ dot -Tsvg docs/architecture.dot && echo "<!-- of architecture.dot, sha256 $$(sha256sum <docs/architecture.dot | cut -c-64) -->"; } >docs/architecture.svg

clean: ## remove what was built
	rm -rf bin build
