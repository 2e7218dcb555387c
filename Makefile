# intercom: SIP door station firmware. `make demo` shows it, `make test` proves it; the rest is for those who work on it.

GO       ?= go
BIN      ?= bin
# of the demonstration's build: make demo CGO=1 GOFLAGS=-race
CGO      ?= 0
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# name:GOARCH:GOARM of every board the release is built for
TARGETS := amd64:amd64: arm64:arm64: armv7:arm:7 armv6:arm:6

.PHONY: help demo test build check interop voice bench clean

help:
	@echo "make demo      the whole job on this machine, on loopback, without hardware"
	@echo "make test      all tests; needs Go and make alone"
	@echo "make build     static binaries for amd64, arm64, armv7 and armv6 in $(BIN)/"
	@echo "make check     gofmt, vet, staticcheck, race, 32-bit, cross builds, tidy module files"
	@echo "make interop   against kamailio, baresip and SIPp; installs Debian packages, needs root"
	@echo "make voice     the sound path measured beside speexdsp and spandsp; installs Debian packages, needs root"
	@echo "make bench     benchmarks, beside those of comparable projects"

demo:
	@mkdir -p $(BIN)
	@CGO_ENABLED=$(CGO) $(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)/intercom ./cmd/intercom
	@$(BIN)/intercom demo $(DEMO)

test:
	$(GO) test ./...

build: $(foreach t,$(TARGETS),build-$(word 1,$(subst :, ,$(t))))

build-%:
	@mkdir -p $(BIN)
	CGO_ENABLED=0 GOOS=linux GOARCH=$(word 2,$(subst :, ,$(filter $*:%,$(TARGETS)))) GOARM=$(word 3,$(subst :, ,$(filter $*:%,$(TARGETS)))) \
		$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)/intercom-$* ./cmd/intercom

check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "not gofmt'd: run gofmt -w on the files above"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags interop ./firmware/interop
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
	$(MAKE) --no-print-directory build
	CGO_ENABLED=0 GOARCH=386 $(GO) test ./...
	$(GO) test -race -shuffle=on ./...

interop:
	sh firmware/interop/packages.sh
	$(GO) test -tags interop -count=1 -timeout 20m -v ./firmware/interop

# make voice VOICE="-seed 2": other voices, rooms, noises and networks
voice:
	sh audio/measure/packages.sh
	$(GO) run ./audio/measure $(VOICE) all

# -run '^$$' leaves out the tests; -mod=mod lets the comparison's own module follow a change of ours.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	@echo; echo "Parser and printer beside sipgo"; echo
	cd sipua/sip/bench && $(GO) run -mod=mod .
	@echo; echo "A house under a flood of junk"; echo
	$(GO) run ./sipua/bench

clean:
	rm -rf $(BIN)
