#!/usr/bin/env bash
# Measures the rows of a table of docs/benchmarks.md beside a rival, one Comparison for each:
#
#   tests/peers/tables.sh resnet50           all rows of a table
#   tests/peers/tables.sh resnet50 train     those whose case contains "train"
#
# ROUNDS (5) are the processes of each side; RUNNER is a command to run each row under, as "nice".
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5}

# table, rival, timed steps, steps before them, case
rows() {
  cat <<'ROWS'
resnet50 libtorch    5   2 resnet50:infer:16:f32
resnet50 onnxruntime 5   2 resnet50:infer:16:f32
resnet50 libtorch    40  5 resnet50:infer:1:f32
resnet50 onnxruntime 40  5 resnet50:infer:1:f32
resnet50 libtorch    8   2 resnet50:infer:16:bf16
resnet50 libtorch    60  5 resnet50:infer:1:bf16
resnet50 libtorch    3   2 resnet50:train:16:f32
resnet50 libtorch    4   2 resnet50:train:16:bf16
lenet5   libtorch    500 100 lenet5:train:64:f32
others   onnxruntime 5   2 vgg16:infer:8:f32
others   libtorch    5   2 vgg16:infer:8:f32
others   libtorch    5   2 vgg16:infer:8:bf16
others   onnxruntime 10  2 alexnet:infer:16:f32
others   libtorch    10  2 alexnet:infer:16:f32
others   libtorch    10  2 alexnet:infer:16:bf16
others   onnxruntime 8   2 googlenet:infer:16:f32
others   libtorch    8   2 googlenet:infer:16:f32
others   libtorch    8   2 googlenet:infer:16:bf16
others   onnxruntime 5   2 densenet121:infer:16:f32
others   libtorch    5   2 densenet121:infer:16:f32
others   libtorch    5   2 densenet121:infer:16:bf16
others   onnxruntime 10  2 efficientnet-b0:infer:16:f32
others   libtorch    10  2 efficientnet-b0:infer:16:f32
others   libtorch    10  2 efficientnet-b0:infer:16:bf16
others   onnxruntime 5   2 unet-decoder:infer:16:f32
others   libtorch    5   2 unet-decoder:infer:16:f32
others   libtorch    5   2 unet-decoder:infer:16:bf16
ROWS
}

# libtorch allocates its large buffers anew in every step unless glibc is told to keep them.
keep=(--peer-env MALLOC_MMAP_THRESHOLD_=4294967296 --peer-env MALLOC_TRIM_THRESHOLD_=17179869184)

table=${1:?table: $(rows | cut -d' ' -f1 | sort -u | tr '\n' ' ')}
rows | while read -r name rival steps warmup case; do
  if [ "$name" = "$table" ] && [[ "$case $rival" == *"${2:-}"* ]]; then
    allocator=()
    if [ "$rival $name" = "libtorch resnet50" ] || [ "$rival $name" = "libtorch others" ]; then
      allocator=("${keep[@]}")
    fi
    # shellcheck disable=SC2086 # several words in one variable
    ${RUNNER:-} java -cp @target/peers.classpath dev.convoy.peers.Comparison --peer "$rival" \
      --rounds "$rounds" --steps "$steps" --warmup "$warmup" ${allocator[@]+"${allocator[@]}"} "$case" </dev/null
  fi
done
