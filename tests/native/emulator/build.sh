#!/bin/sh
# Builds the emulated libraries into a folder: one with everything, and the others' names linked to it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
g++ -std=c++17 -O2 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Wl,-soname,libcuda.so.1 \
  -o "$out/libcuda.so.1" "$here"/runtime.cpp "$here"/nvrtc.cpp "$here"/cublas.cpp "$here"/cudnn.cpp "$here"/cudnn_legacy.cpp -ldl
for name in libcudart.so.13 libnvrtc.so.13 libcublasLt.so.13 libcublas.so.13 libcudnn_graph.so.9 \
  libcudnn_ops.so.9 libcudnn_cnn.so.9 libcudnn_adv.so.9 libcudnn.so.9; do
  g++ -shared -Wl,-soname,$name -Wl,--no-as-needed -o "$out/$name" "$out/libcuda.so.1" -Wl,-rpath,'$ORIGIN'
done
