#!/usr/bin/env bash
# Tests Convoy on the NVIDIA GPU of this machine and measures it beside PyTorch, within a given time.
#
#   ./run-all.sh [--seconds N] [--output FOLDER] [tests|bench|all]
#
#   --seconds N      all of it ends within so many seconds; 540 unless told
#   --output FOLDER  $OUT, or results beside this file
#   tests            the tests alone, with a step of everything that run-tests.sh has
#   bench            the measurements alone
#   all              both: two fifths of the time for the tests, the rest for the measurements
#
# Leaves few files, so that they are easily brought home: summary.txt (what is printed here),
# doctor.txt, bench.md, bench.json, kernels.md and everything else in logs.tar.gz.
# Exit code: 0 all went well, 1 something failed or did not fit the time, 2 wrong usage, 3 no GPU.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cuda-libraries.sh
. "$here/cuda-libraries.sh"

usage() {
  echo "run-all: $1; usage: ./run-all.sh [--seconds N] [--output FOLDER] [tests|bench|all]" >&2
  exit 2
}

seconds=540
output=${OUT:-$here/results}
part=all
while [ $# -gt 0 ]; do
  case $1 in
  --seconds)
    [ $# -ge 2 ] && [[ $2 =~ ^[0-9]{2,5}$ ]] || usage "--seconds needs a number of at least 10"
    seconds=$2
    shift
    ;;
  --output)
    [ $# -ge 2 ] || usage "--output needs a folder"
    output=$2
    shift
    ;;
  tests | bench | all) part=$1 ;;
  *) usage "unknown argument $1" ;;
  esac
  shift
done

use_cuda_places
use_own_cache "$here"
reason=$(why_no_gpu "$here")
if [ -n "$reason" ]; then
  echo "run-all: nothing can run: $reason"
  exit 3
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output" "$work/tests" "$work/bench"
summary=$output/summary.txt
: >"$summary"
failed=0

say() {
  echo "$@" | tee -a "$summary"
}

# What is left of the time, at least one second, less a reserve.
left() {
  local rest=$((seconds - SECONDS - $1))
  echo $((rest > 1 ? rest : 1))
}

# part NAME SECONDS COMMAND ...: at most so long; what it prints goes to the summary too
run_part() {
  local name=$1 limit=$2 code=0
  shift 2
  say "== $name (at most $limit s)"
  timeout --kill-after=10 "$limit" "$@" 2>&1 | tee -a "$summary" || code=${PIPESTATUS[0]}
  if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    say "$name: did not end within $limit s"
  fi
  if [ "$code" -ne 0 ]; then
    failed=1
  fi
}

say "Convoy on $(date -u +%Y-%m-%dT%H:%MZ), $(nproc) cores"
"$here/convoy" doctor | tee "$output/doctor.txt" >>"$summary"

if [ "$part" != bench ]; then
  share=$seconds
  if [ "$part" = all ]; then share=$((seconds * 2 / 5)); fi
  run_part tests "$share" "$here/run-tests.sh" --quick --seconds "$share" --output "$work/tests" \
    training memory jcuda conformance-f16 conformance-f32 conformance-bf16 own-kernels sanitizer
fi
if [ "$part" != tests ]; then
  rest=$(left 15)
  run_part measurements "$((rest + 10))" "$here/bench.sh" --seconds "$rest" --rounds 2 --steps 30 \
    --compile --output "$work/bench"
fi

for file in bench.md bench.json kernels.md; do
  if [ -f "$work/bench/$file" ]; then
    cp "$work/bench/$file" "$output/"
  fi
done
tar -C "$work" -czf "$output/logs.tar.gz" .
if [ "$failed" -eq 0 ]; then
  say "all went well in $SECONDS s; results in $output"
else
  say "something failed or did not fit, see above; $SECONDS s; results in $output"
fi
exit "$failed"
