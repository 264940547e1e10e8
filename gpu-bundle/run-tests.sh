#!/usr/bin/env bash
# Tests Convoy on the NVIDIA GPU of this machine: one line a group, then a summary.
#
#   ./run-tests.sh [--quick] [--seconds N] [--output FOLDER] [GROUP ...]
#
#   --quick          a few steps instead of thousands, conformance in f32 alone
#   --seconds N      no group is begun later, and what runs then is ended and counts as failed
#   --output FOLDER  for logs and JUnit's reports; $OUT, or test-results beside this file
#   GROUP            conformance-f32 conformance-f16 conformance-bf16 own-kernels training memory jcuda
#                    sanitizer; all of them unless named
#
# Exit code: 0 everything passed, 1 something failed, 2 wrong usage, 3 no GPU can be used here.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cuda-libraries.sh
. "$here/cuda-libraries.sh"

ALL=(conformance-f32 conformance-f16 conformance-bf16 own-kernels training memory jcuda sanitizer)

usage() {
  echo "run-tests: $1; usage: ./run-tests.sh [--quick] [--seconds N] [--output FOLDER] [${ALL[*]}]" >&2
  exit 2
}

quick=false
seconds=86400
output=${OUT:-$here/test-results}
groups=()
while [ $# -gt 0 ]; do
  case $1 in
  --quick) quick=true ;;
  --seconds)
    [ $# -ge 2 ] && [[ $2 =~ ^[0-9]+$ ]] || usage "--seconds needs a number"
    seconds=$2
    shift
    ;;
  --output)
    [ $# -ge 2 ] || usage "--output needs a folder"
    output=$2
    shift
    ;;
  -*) usage "unknown option $1" ;;
  *)
    case " ${ALL[*]} " in *" $1 "*) groups+=("$1") ;; *) usage "unknown group $1" ;; esac
    ;;
  esac
  shift
done
if [ ${#groups[@]} -eq 0 ]; then
  groups=("${ALL[@]}")
  if $quick; then groups=(conformance-f32 own-kernels training memory jcuda sanitizer); fi
fi

use_cuda_places
use_own_cache "$here"
reason=$(why_no_gpu "$here")
if [ -n "$reason" ]; then
  echo "run-tests: no test can run: $reason"
  exit 3
fi

mkdir -p "$output"
"$here/convoy" doctor >"$output/doctor.txt"
sed -n '/^cuda /,/^[^ c]/p' "$output/doctor.txt" | grep -E '^(cuda|  )'

# Convoy's products are compared with f32, not with TF32.
export CONVOY_TF32=0
: "${OMP_NUM_THREADS:=$(nproc)}"
export OMP_NUM_THREADS
training_steps=50
memory_steps=5000
if $quick; then
  training_steps=3
  memory_steps=200
fi
java=("$here/runtime/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED
  "-Dorg.bytedeco.javacpp.cachedir=$XDG_CACHE_HOME/convoy/javacpp"
  "-Dconvoy.test.backend=cuda"
  "-Dconvoy.test.training.steps=$training_steps" "-Dconvoy.test.memory.steps=$memory_steps"
  -cp "$here/convoy-tests.jar:$here/convoy.jar:$here/lib/*")

CONFORMANCE=dev.convoy.conformance.ConformanceTest#everyOperatorAgreesWithTheReference
failed=()
passed=0
skipped=0

line() {
  printf '%-18s %-7s %s\n' "$1" "$2" "$3"
}

# The number in the summary of JUnit's console.
tests_that() {
  sed -n "s/^\[ *\([0-9]*\) tests $2 *\]$/\1/p" "$1" | tail -n 1
}

# run NAME SELECTION [JVM OPTION ...]; the array `wrapper` may hold a program to run the JVM in
wrapper=()
run() {
  local name=$1 selection=$2 log=$output/$1.log start=$SECONDS code=0 good bad aborted
  shift 2
  if [ "$SECONDS" -ge "$seconds" ]; then
    skipped=$((skipped + 1))
    line "$name" skipped "not begun within $seconds s"
    return
  fi
  timeout --kill-after=10 $((seconds - SECONDS)) "${wrapper[@]}" "${java[@]:0:1}" "$@" "${java[@]:1}" org.junit.platform.console.ConsoleLauncher \
    execute --disable-banner --disable-ansi-colors --details=summary \
    --reports-dir="$output/reports/$name" "$selection" >"$log" 2>&1 || code=$?
  good=$(tests_that "$log" successful)
  bad=$(tests_that "$log" failed)
  aborted=$(tests_that "$log" aborted)
  if [ "$code" -eq 0 ] && [ "${good:-0}" -gt 0 ]; then
    passed=$((passed + 1))
    line "$name" ok "$good tests, ${aborted:-0} skipped, $((SECONDS - start)) s"
  else
    failed+=("$name")
    line "$name" FAILED "${bad:-no} of $((${good:-0} + ${bad:-0})) tests failed, exit code $code: $log"
  fi
}

conformance() {
  run "conformance-$1" "--select-method=$CONFORMANCE" "-Dconvoy.test.dtype=${1^^}"
}

# What runs where cuDNN has no engine: our own convolutions, their gradients, batch norms.
own_kernels() {
  CONVOY_CUDNN=0 run own-kernels "--select-method=$CONFORMANCE" -Dconvoy.test.dtype=BF16 \
    "-Dconvoy.test.operators=^(Conv2d|FusedConv2d|BatchNorm2d)"
}

sanitizer_program() {
  local folder program
  command -v compute-sanitizer && return
  for folder in /usr/local/cuda /usr/local/cuda-13* ${CONVOY_CUDA_PATH//:/ }; do
    for program in "$folder/bin/compute-sanitizer" "$folder/compute-sanitizer/compute-sanitizer"; do
      if [ -x "$program" ]; then
        echo "$program"
        return
      fi
    done
  done
}

sanitizer() {
  local program tool tools=(memcheck racecheck synccheck)
  program=$(sanitizer_program)
  if [ -z "$program" ]; then
    skipped=$((skipped + 1))
    line sanitizer skipped "compute-sanitizer not found; it comes with the CUDA toolkit"
    return
  fi
  if $quick; then tools=(memcheck); fi
  for tool in "${tools[@]}"; do
    wrapper=("$program" --tool "$tool" --error-exitcode 86)
    CONVOY_CUDNN=0 run "sanitizer-$tool" "--select-method=$CONFORMANCE" -Dconvoy.test.dtype=F32 \
      -Dconvoy.test.own-kernels=true
    wrapper=()
  done
}

for group in "${groups[@]}"; do
  case $group in
  conformance-*) conformance "${group#conformance-}" ;;
  own-kernels) own_kernels ;;
  training) run training --select-class=dev.convoy.model.CudaTrainingTest ;;
  memory) run memory --select-class=dev.convoy.backend.cuda.CudaMemoryTest ;;
  jcuda) run jcuda --select-class=dev.convoy.interop.jcuda.JCudaInteropTest ;;
  sanitizer) sanitizer ;;
  esac
done

echo "$passed groups passed, ${#failed[@]} failed, $skipped skipped; logs in $output"
[ ${#failed[@]} -eq 0 ]
