# Downloads a TensorFlow into the cache. Sourced by scripts/setup.

default=2.18.1   # the release to download, unless the GPU or TFLAB_TENSORFLOW require another
release=$default
no_wheel=''      # why no wheel is downloaded
cache=${XDG_CACHE_HOME:-${HOME:?neither XDG_CACHE_HOME nor HOME is set}/.cache}/tflab

# releases prints the releases whose wheels are listed, with checksums, for cpu or gpu.
releases() {
  ls "$scripts_lib/wheels" | sed -n "s/^$1-\(.*\)\.txt$/\1/p" | sort -V | paste -sd ' '
}

use_wheel() {
  local folder=$cache/tensorflow-$release-$device list=$scripts_lib/wheels/$device-$release.txt
  if [ -n "$no_wheel" ]; then
    miss "the PyPI wheel" "$no_wheel"
    return 1
  fi
  if [ ! -d "$folder" ]; then
    if ! command -v python3 >/dev/null; then
      miss "the PyPI wheel" "needs python3 with pip"
      return 1
    fi
    say "fetching TensorFlow $release for the ${device^^} ($(sed -n 's/^# Size: //p' "$list")) from PyPI into $folder"
    if ! reason=$(python3 "$scripts_lib/wheel.py" "$list" "$folder"); then
      miss "the PyPI wheel" "${reason:-$(command -v python3) failed}"
      return 1
    fi
  fi
  use "$folder" "from the PyPI wheel"
}

use_archive() {
  [ -z "$no_wheel" ] || return 1
  local folder=$cache/libtensorflow-$release-$device new
  local url=https://storage.googleapis.com/tensorflow/versions/$release/libtensorflow-$device-linux-x86_64.tar.gz
  if [ ! -d "$folder" ]; then
    say "fetching $url"
    new=$folder.$$
    if ! mkdir -p "$new" || ! reason=$(fetch_archive "$url" "$new"); then
      rm -rf "$new"
      miss "$url" "${reason:-cannot write $cache}"
      return 1
    fi
    mv -T "$new" "$folder" 2>/dev/null || rm -rf "$new" # another set-up was faster
  fi
  use "$folder" "the official archive"
}

# fetch_archive URL FOLDER downloads and unpacks an archive, or prints why that failed.
# No checksum of the archive is published: its origin is checked by HTTPS, and its
# version later by the proof.
fetch_archive() {
  local file=$2/archive.tar.gz
  [ "$(uname -sm)" = "Linux x86_64" ] || { echo "none is published for $(uname -sm)"; return 1; }
  command -v curl >/dev/null || { echo "needs curl"; return 1; }
  curl -fsSL --connect-timeout 10 --retry 2 -o "$file" "$1" 2>"$2/log" ||
    { tail -n 1 "$2/log"; return 1; }
  say "SHA-256 $(sha256sum "$file" | cut -d ' ' -f 1), which nothing here can be compared with"
  tar -xzf "$file" -C "$2" 2>"$2/log" || { tail -n 1 "$2/log"; return 1; }
  rm -f "$file" "$2/log"
}
