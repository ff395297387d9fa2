#!/usr/bin/env bash
# Runs a function's real binary as Lambda does, under AWS's runtime interface emulator, against the running local cloud,
# and prints its answer to each event.
#
#   .venv/bin/pip install -r .ci/requirements.txt -r .ci/requirements-build.txt
#   cargo lambda build --release --workspace --exclude local --exclude tests
#   cargo run &
#   scripts/rie.sh tasks events/*Task*.json
#
# ENV_FILE names the variables to run with, by default those that the local cloud wrote: .local/env.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -lt 2 ]; then
    echo "usage: scripts/rie.sh FUNCTION EVENT.json..." >&2
    exit 2
fi
function=$1
shift
bootstrap=target/lambda/$function/bootstrap
env_file=${ENV_FILE:-.local/env}
emulator=$(find .venv -name "aws-lambda-rie-$(uname -m | sed s/aarch64/arm64/)" -print -quit 2>/dev/null || true)
for needed in "$bootstrap" "$env_file" "${emulator:-.venv/**/aws-lambda-rie}"; do
    [ -f "$needed" ] || { echo "there is no $needed" >&2; exit 1; }
done

set -a
# shellcheck source=/dev/null
. "$(realpath "$env_file")"
set +a
export AWS_LAMBDA_FUNCTION_NAME=$function AWS_LAMBDA_FUNCTION_TIMEOUT=10

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
chmod +x "$emulator"
"$emulator" --runtime-interface-emulator-address "127.0.0.1:$port" --runtime-api-address "127.0.0.1:$(free_port)" \
    --log-level error "$bootstrap" >&2 &
trap 'kill $! 2>/dev/null; wait' EXIT
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 $! || exit 1
    sleep 0.02
done

for event in "$@"; do
    curl --silent --show-error --fail-with-body --data-binary "@$event" \
        --write-out "\n$event: %{http_code} in %{time_total} s\n" \
        "http://127.0.0.1:$port/2015-03-31/functions/function/invocations"
done
