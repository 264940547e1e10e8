#!/usr/bin/env bash
# Measures Convoy on the NVIDIA GPU of this machine, in turn with PyTorch where it is installed.
#
#   ./bench.sh [OPTION ...] [CASE ...]     ./bench.sh --help lists them
#
# A case is MODEL:MODE:BATCH:PRECISION. Writes bench.json, bench.md and kernels.md to --output, $OUT,
# or bench-results beside this file. Exit code: 0, 1 if a measurement failed, 2 wrong usage, 3 no GPU.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cuda-libraries.sh
. "$here/cuda-libraries.sh"

use_cuda_places
use_own_cache "$here"
reason=$(why_no_gpu "$here")
if [ -n "$reason" ]; then
  echo "bench: nothing can be measured: $reason"
  exit 3
fi

python=""
while read -r candidate; do
  if "$candidate" -c 'import torch, torchvision, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    python=$candidate
    break
  fi
done < <(type -aP python3 python 2>/dev/null)
peer=()
if [ -n "$python" ]; then
  peer=(--python "$python" --peer "$here/bench_torch.py")
else
  echo "bench: no Python with torch, torchvision and a GPU; Convoy is measured alone" >&2
fi

exec "$here/runtime/bin/java" --enable-native-access=ALL-UNNAMED \
  "-Dorg.bytedeco.javacpp.cachedir=$XDG_CACHE_HOME/convoy/javacpp" \
  -cp "$here/convoy-tests.jar:$here/convoy.jar:$here/lib/*" dev.convoy.bench.GpuComparison \
  --convoy "$here/convoy" --output "${OUT:-$here/bench-results}" "${peer[@]}" "$@"
