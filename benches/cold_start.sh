#!/usr/bin/env bash
# Cold start of the window on a virtual display: from the start of the process to the moment at which the
# window is shown, the resident memory ten seconds later, and the processor time of an idle window.
#   benches/cold_start.sh BINARY [WORKSPACE]      without a workspace: a fresh one with the demo
set -euo pipefail
binary=$(realpath "$1")
workspace=${2:-}
scratch=$(mktemp -d)
# The server takes a free display and writes its number when it accepts connections.
mkfifo "$scratch/display"
Xvfb -displayfd 3 -screen 0 1440x900x24 3>"$scratch/display" >/dev/null 2>&1 &
xvfb=$!
read -r display <"$scratch/display"
window=
trap 'kill $window $xvfb 2>/dev/null || true; rm -rf "$scratch"' EXIT
export DISPLAY=:$display HOME=$scratch/home LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY
mkdir -p "$HOME"
if [ -z "$workspace" ]; then
    workspace=$scratch/workspace
    "$binary" demo -w "$workspace" >/dev/null
fi
for attempt in 1 2 3; do
    start=$(date +%s%N)
    "$binary" -w "$workspace" 2>"$scratch/log" &
    window=$!
    # The window is mapped with its first frame drawn.
    until xdotool search --onlyvisible --pid "$window" >/dev/null 2>&1; do
        kill -0 "$window" || { cat "$scratch/log" >&2; exit 1; }
        sleep 0.005
    done
    shown=$((($(date +%s%N) - start) / 1000000))
    sleep 10
    ticks() { awk '{print $14 + $15}' "/proc/$window/stat"; }
    before=$(ticks)
    sleep 5
    idle=$(( ($(ticks) - before) * 1000 / $(getconf CLK_TCK) / 5 ))
    rss=$(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$window/status")
    echo "start $attempt: window after $shown ms, $rss MB resident after 10 s, $idle ms of processor a second when idle"
    kill "$window"
    wait "$window" 2>/dev/null || true
done
