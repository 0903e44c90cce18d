#!/usr/bin/env bash
# Proofmark's server against `mlflow server` on SQLite, in both of its configurations, in the same minutes, with the
# same client and the same requests.
#   benches/compare_mlflow.sh BINARY PYTHON BENCH_PY [bench.py's arguments]
# BINARY: target/release/proofmark. PYTHON: an interpreter with mlflow (`.ci/run` makes one). BENCH_PY: a load script
# that takes a server's address and `--pid PID`, and prints latencies and the server's processor time.
set -euo pipefail
binary=$(realpath "$1")
python=$2
bench=$3
shift 3
scratch=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill -- "-$pid" 2>/dev/null || true; done; sleep 1; rm -rf "$scratch"' EXIT
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true

# Each server in a process group of its own, so that all of its processes can be ended and counted.
start() { # name port command...
    local name=$1 port=$2
    shift 2
    local began=$(date +%s%N)
    setsid "$@" >"$scratch/$name.log" 2>&1 &
    pids+=($!)
    until curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1; do
        kill -0 "${pids[-1]}" 2>/dev/null || { cat "$scratch/$name.log" >&2; exit 1; }
        sleep 0.01
    done
    echo "$name: ready after $((($(date +%s%N) - began) / 1000000)) ms"
}

resident() { # group
    ps -eo pgid=,rss= | awk -v group="$1" '$1 == group {sum += $2} END {printf "%d MB resident\n", sum / 1024}'
}

start proofmark 5601 "$binary" serve -w "$scratch/ours" --port 5601
start mlflow-1-worker 5602 env MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false "$python" -m mlflow server --workers 1 \
    --port 5602 --backend-store-uri "sqlite:///$scratch/one.db" --artifacts-destination "$scratch/one"
start mlflow-default 5603 "$python" -m mlflow server \
    --port 5603 --backend-store-uri "sqlite:///$scratch/four.db" --artifacts-destination "$scratch/four"
names=(proofmark mlflow-1-worker mlflow-default)
ports=(5601 5602 5603)
for i in 0 1 2; do echo "${names[$i]}: $(resident "${pids[$i]}") at rest"; done
for what in metric batch search; do
    for i in 0 1 2; do
        echo "== ${names[$i]}: $what"
        "$python" "$bench" "http://127.0.0.1:${ports[$i]}" "$what" --pid "${pids[$i]}" "$@"
    done
done
for i in 0 1 2; do echo "${names[$i]}: $(resident "${pids[$i]}") after the load"; done
