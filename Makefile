# make run   the whole product with a demo mail server
# make test  Go tests with the race detector, and the page's unit tests
# make bench figures, as JSON lines and a table
# make eval  how well mail is sorted and answered (docs/evaluation.md)

SHELL := /bin/bash
FUNCTIONS := Poll Fetch Triage Draft Send Sweep Purge Export Api Web
# Without net/rpc, and without HTTP/2, which none of the services called needs: 0.4 MB less each.
GOBUILD := CGO_ENABLED=0 go build -trimpath -tags lambda.norpc,nethttpomithttp2 -ldflags "-s -w"
WEB_SOURCES := $(shell find web/src web/build web/public web/index.html web/*.json web/*.ts -type f 2>/dev/null) internal/api/openapi.yaml

.PHONY: run build test bench eval generate $(FUNCTIONS:%=local-%) $(FUNCTIONS:%=build-%Function)

run: build
	@exec bin/quilldesk

# ---- one machine: every function for this machine, and the cloud around them ----
build: $(FUNCTIONS:%=local-%) web/dist/index.html
	@mkdir -p bin/WebFunction && rm -rf bin/WebFunction/web && cp -r web/dist bin/WebFunction/web
	@go build -o bin/quilldesk ./infra/local

$(FUNCTIONS:%=local-%): local-%:
	@$(GOBUILD) -o bin/$*Function/bootstrap ./functions/$(shell echo $* | tr A-Z a-z)

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build

# ---- sam build calls these, with ARTIFACTS_DIR set ------------------------------
$(filter-out build-WebFunction,$(FUNCTIONS:%=build-%Function)): build-%Function:
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o $(ARTIFACTS_DIR)/bootstrap ./functions/$(shell echo $* | tr A-Z a-z)

build-WebFunction: web/dist/index.html
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o $(ARTIFACTS_DIR)/bootstrap ./functions/web
	cp -r web/dist $(ARTIFACTS_DIR)/web

# ---- checks ------------------------------------------------------------------------
test: web/node_modules/.installed
	go test -race -shuffle=on ./...
	cd web && npm test

eval:
	go run ./infra/local/eval

bench: build
	go run ./infra/local/bench

generate: web/node_modules/.installed
	go generate ./...
	cd web && npm run generate
