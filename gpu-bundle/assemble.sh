#!/usr/bin/env bash
# Makes target/gpu-bundle/ and target/gpu-bundle.tar.xz; run by Maven: mvn -Pgpu-bundle -DskipTests package
#
#   assemble.sh JDK TARGET
#
# TARGET holds convoy.jar, convoy-tests.jar and gpu-bundle-jars/, as Maven left them.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
jdk=$1
target=$2
bundle=$target/gpu-bundle

fail() {
  echo "assemble: $1" >&2
  exit 1
}

[ -x "$jdk/bin/jlink" ] && [ -d "$jdk/jmods" ] ||
  fail "$jdk has no jlink or no jmods; build with a whole JDK (Debian: openjdk-17-jdk-headless)"
command -v xz >/dev/null || fail "xz not found (Debian: apt install xz-utils)"

rm -rf "$bundle" "$target/gpu-bundle.tar.xz"
mkdir -p "$bundle/lib"

# Stored, not deflated: xz over everything makes the archive half as large as deflated jars would.
store() {
  local work
  work=$(mktemp -d)
  (cd "$work" && "$jdk/bin/jar" xf "$1")
  # JCuda's compilers of PTX are large, and Convoy shares memory with JCuda, nothing else.
  rm -f "$work"/lib/libJNv*
  (cd "$work" && "$jdk/bin/jar" c0fM "$2" .)
  rm -rf "$work"
}
for jar in "$target"/gpu-bundle-jars/*.jar; do
  store "$jar" "$bundle/lib/$(basename "$jar")"
done
cp "$target/convoy.jar" "$target/convoy-tests.jar" "$bundle/"

# What ImageIO, JUnit's reports, Jackson and downloads need; java.desktop is the large one.
"$jdk/bin/jlink" --output "$bundle/runtime" --no-header-files --no-man-pages \
  --strip-java-debug-attributes --add-modules \
  java.base,java.desktop,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported

# Windows and sound, and what would drag X11 in.
(cd "$bundle/runtime/lib" &&
  rm -f libawt_xawt.so libjawt.so libsplashscreen.so libfontmanager.so libjsound.so libfreetype.so)

# Some distributions link their JDK to libraries that a bare machine lacks, libz for one.
libraries_of_runtime() {
  find "$bundle/runtime" -name '*.so' -exec ldd {} + 2>/dev/null |
    sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u
}
while read -r library; do
  case $(basename "$library") in
  libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | ld-linux* | libgcc_s* | libstdc++*) ;;
  *) case $library in "$bundle"/*) ;; *) cp -L "$library" "$bundle/runtime/lib/" ;; esac ;;
  esac
done < <(libraries_of_runtime)

cp "$root/convoy" "$root/LICENSE" "$root/NOTICE" "$root/tests/peers/bench_torch.py" "$bundle/"
cp "$here/run-all.sh" "$here/run-tests.sh" "$here/bench.sh" "$here/cuda-libraries.sh" "$here/README.md" "$bundle/"

tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner -cf - gpu-bundle |
  xz -9 -T0 >"$target/gpu-bundle.tar.xz"
rm -rf "$target/gpu-bundle-jars"
bytes=$(stat -c %s "$target/gpu-bundle.tar.xz")
[ "$bytes" -lt 60000000 ] || fail "gpu-bundle.tar.xz has $bytes bytes; it must stay below 60 MB"
echo "gpu-bundle.tar.xz: $((bytes / 1000000)) MB"
