#!/usr/bin/env bash
# Convoy's images a second by batch and by size of the pictures, as rows of a Markdown table:
#
#   tests/peers/scaling.sh batch bf16        ResNet-50, batch 1 to 64, pictures of 224×224
#   tests/peers/scaling.sh input bf16        ResNet-50, batch 4, pictures of 112, 224 and 448
set -euo pipefail
cd "$(dirname "$0")/../.."
what=${1:?batch or input} precision=${2:-f32}

row() { # name, batch, side
  local steps=$((64 * 224 * 224 / ($2 * $3 * $3))) json
  ((steps >= 3)) || steps=3
  json=$(./convoy bench --model resnet50 --mode infer -b "$2" --input "3x$3x$3" --precision "$precision" \
    --steps "$steps" --warmup 3 --json 2>/dev/null)
  python3 - "$1" <<PYTHON
import json, sys
r = json.loads('''$json''')
rate = r["images_per_second"]
print("| %s | %.1f (%.1f–%.1f) | %.0f | %.0f |" % (sys.argv[1], rate["median"], rate["min"], rate["max"],
      r["peak_memory_bytes"] / 2**20, r["process_peak_bytes"] / 2**20))
PYTHON
}

echo "| $what | $precision, images/s | planned memory, MiB | process, MiB |"
echo "|---|---|---|---|"
case $what in
batch) for n in 1 2 4 8 16 32 64; do row "$n" "$n" 224; done ;;
input) for side in 112 224 448; do row "$side" 4 "$side"; done ;;
*) echo "scaling.sh: '$what' is neither batch nor input" >&2 && exit 2 ;;
esac
