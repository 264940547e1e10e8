# Sourced by run-tests.sh and bench.sh: where CUDA's libraries may lie on this machine.

# Toolkits, then the packages (nvidia/*/lib) of every Python on the path, joined by colons. Convoy
# itself looks where the linker and LD_LIBRARY_PATH point.
cuda_places() {
  local places="" folder python
  for folder in /usr/local/cuda /usr/local/cuda-13*; do
    [ -d "$folder" ] && places="$places:$folder"
  done
  while read -r python; do
    for folder in $("$python" -c '
import site, sysconfig
paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()}
print("\n".join(sorted(path for path in paths if " " not in path)))' 2>/dev/null); do
      [ -d "$folder/nvidia" ] && places="$places:$folder/nvidia"
    done
  done < <(type -aP python3 python 2>/dev/null)
  echo "${places#:}"
}

use_cuda_places() {
  if [ -z "${CONVOY_CUDA_PATH:-}" ]; then
    CONVOY_CUDA_PATH=$(cuda_places)
    export CONVOY_CUDA_PATH
  fi
}

# Kernels that were compiled and libraries that were unpacked stay beside the bundle.
use_own_cache() {
  if [ -z "${XDG_CACHE_HOME:-}" ]; then
    XDG_CACHE_HOME=$1/cache
    export XDG_CACHE_HOME
  fi
  (umask 077 && mkdir -p "$XDG_CACHE_HOME")
}

# Why no GPU can be used, in one line; nothing if one can.
why_no_gpu() {
  local said
  said=$("$1/convoy" doctor 2>&1) || true
  if grep -q '^cuda  *missing ' <<<"$said"; then
    sed -n 's/^cuda  *missing *//p' <<<"$said"
  elif ! grep -q '^cuda  *ok ' <<<"$said"; then
    echo "convoy doctor ended with: $(tail -n 1 <<<"$said")"
  fi
}
