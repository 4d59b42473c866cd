# Searches libtensorflow, and proves that it works. Sourced by scripts/setup, which sets
# choice (auto, cpu or gpu: the requested device) and device (cpu or gpu: the resulting
# device). find_libtensorflow sets version, origin, library, lib_dir, include_dir,
# link_dir, has_gpu and missing.

served="2.15 to 2.21" # the Go binding compiles with these releases, and the numbers are the same
scripts_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tried=()              # a line for each place without a usable library

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }
miss() { tried+=("$1: $2"); }

# pass_over reports that a place with a library is not used.
pass_over() {
  miss "$1" "$2"
  [ -n "${TFLAB_LIBTENSORFLOW:-}${TFLAB_TENSORFLOW:-}" ] || say "not used: ${tried[-1]}"
}

find_libtensorflow() {
  search && return
  if [ "$choice" = auto ] && [ "$device" = gpu ]; then
    say "the set-up is for the CPU, since nothing for the GPU is at hand: ${tried[-1]}"
    device=cpu release=$default no_wheel='' tried=()
    search && return
  fi
  [ -z "${TFLAB_TENSORFLOW:-}" ] || die "${tried[-1]}; correct or unset TFLAB_TENSORFLOW"
  [ -z "${TFLAB_LIBTENSORFLOW:-}" ] || die "${tried[-1]}; correct or unset TFLAB_LIBTENSORFLOW"
  say "no usable libtensorflow $served; tried:"
  printf '  %s\n' "${tried[@]}" >&2
  die "install TensorFlow $served (for instance: pip install tensorflow-cpu==$release) or name its folder in TFLAB_LIBTENSORFLOW"
}

# search tries the places in order. If the user has named a library or a release, that is
# the only place.
search() {
  if [ -n "${TFLAB_TENSORFLOW:-}" ]; then
    release=$TFLAB_TENSORFLOW
    if [ ! -e "$scripts_lib/wheels/$device-$release.txt" ]; then
      miss "TensorFlow $release" "is none of those that the set-up can fetch for the ${device^^}: $(releases "$device")"
      return 1
    fi
    use_wheel
  elif [ -n "${TFLAB_LIBTENSORFLOW:-}" ]; then
    use "$TFLAB_LIBTENSORFLOW" "named by TFLAB_LIBTENSORFLOW"
  else
    use /usr/local "installed on this machine" || use /usr "installed on this machine" ||
      use_python || use_conda || use_wheel || use_archive
  fi
}

# serves VERSION succeeds for the releases that tflab supports.
serves() {
  local minor=${1#2.}
  minor=${minor%%[!0-9]*}
  [[ $1 == 2.* && -n $minor ]] && [ "$minor" -ge 15 ] && [ "$minor" -le 21 ]
}

# use FOLDER ORIGIN selects the library in FOLDER if it exists, has a supported release,
# and a C program can be compiled, linked and run with it and can train.
use() {
  local folder=$1
  origin=$2
  if ! locate "$folder"; then
    miss "$folder" "$reason"
    return 1
  fi
  version=$(version_of)
  if [ "$version" != unknown ] && ! serves "$version"; then
    pass_over "$folder" "is TensorFlow $version, but this project works with $served"
    return 1
  fi
  if ! make_links || ! prove_library || { [ "$device" = gpu ] && ! serves_gpu; }; then
    pass_over "$folder" "$reason"
    return 1
  fi
}

# locate FOLDER sets library, lib_dir and include_dir, or reason if there is no library.
locate() {
  local folder part name
  reason="no such folder"
  folder=$(cd "$1" 2>/dev/null && pwd) || return 1
  reason="has no libtensorflow.so or libtensorflow_cc.so.2"
  for part in lib lib64 "lib/$(uname -m)-linux-gnu" tensorflow .; do
    for name in libtensorflow.so libtensorflow.so.2 libtensorflow_cc.so.2; do
      [ -e "$folder/$part/$name" ] || continue
      lib_dir=$(cd "$folder/$part" && pwd)
      library=$name
      for include_dir in "$lib_dir/include" "$folder/include"; do
        [ -e "$include_dir/tensorflow/c/c_api.h" ] && return
      done
      reason="has $part/$name, but no include/tensorflow/c/c_api.h"
      return 1
    done
  done
  return 1
}

# version_of prints the version from the headers, which have one up to 2.19, or from the
# library's file name, or else "unknown". It does not need a compiler.
version_of() {
  local header=$include_dir/tensorflow/core/public/version.h name version=
  if [ -e "$header" ]; then
    version=$(awk '$2 ~ /^TF_(MAJOR|MINOR|PATCH)_VERSION$/ { v = v (v == "" ? "" : ".") $3 } END { print v }' "$header")
  fi
  name=$(readlink -f "$lib_dir/$library")
  case $version,$name in
    ?*,*) printf '%s\n' "$version" ;;
    *.so.*.*) printf '%s\n' "${name##*.so.}" ;;
    *) echo unknown ;;
  esac
}

# serves_gpu succeeds if the library has kernels for a GPU and all libraries that these
# kernels need can be loaded, whoever built the library.
serves_gpu() {
  reason="is not built for CUDA"
  [ "$has_gpu" = yes ] || return 1
  reason="is built for CUDA, but cannot load $missing; install CUDA and cuDNN, or put their folders into LD_LIBRARY_PATH"
  [ -z "$missing" ]
}

# make_links creates a folder with the two file names that the linker looks for. Its path
# depends only on the library, so that all checkouts share Go's build cache. Nothing is
# written to the library's own folder.
make_links() {
  local framework
  reason="the path of $lib_dir or of $cache holds a comma or a quote, which linker flags cannot carry; move it"
  case $lib_dir$include_dir$cache in *[\',\"]*) return 1 ;; esac
  reason="has no libtensorflow_framework.so.2 beside $library"
  for framework in libtensorflow_framework.so.2 libtensorflow_framework.so ''; do
    [ -n "$framework" ] || return 1
    [ -e "$lib_dir/$framework" ] && break
  done
  link_dir=$cache/link/$(printf '%s' "$lib_dir/$library" | cksum | cut -d ' ' -f 1)
  reason="cannot write $link_dir"
  mkdir -p "$link_dir" &&
    ln -sfn "$lib_dir/$library" "$link_dir/libtensorflow.so" &&
    ln -sfn "$lib_dir/$framework" "$link_dir/libtensorflow_framework.so"
}

# compile OUT FLAGS... runs the C compiler that Go will use.
compile() {
  local compiler=${CC:-gcc} out=$1
  command -v "${compiler%% *}" >/dev/null || compiler=cc
  $compiler -O2 -o "$out" "${@:2}"
}

need_compiler() {
  local compiler=${CC:-gcc}
  command -v "${compiler%% *}" >/dev/null || command -v cc >/dev/null ||
    die "no C compiler; install gcc (Debian, Ubuntu: apt install gcc libc6-dev)"
}

# prove_library compiles a C program with the flags that Go will use, and runs the program.
# It trains, and reports the version and the GPU kernels according to the library.
prove_library() {
  local work status=0
  local flags=("-I$include_dir" "-L$link_dir" "-Wl,-rpath,$lib_dir" -ltensorflow -ltensorflow_framework -ldl)
  work=$(mktemp -d)
  if compile "$work/proof" "$scripts_lib/proof.c" "${flags[@]}" 2>"$work/log" &&
    "$work/proof" >"$work/answer" 2>>"$work/log"; then
    read_answer "$work/answer" || status=1
  else
    explain "$work" || status=1
  fi
  rm -rf "$work"
  return $status
}

# read_answer FILE reads the output of a proof.
read_answer() {
  version=$(sed -n 's/^version //p' "$1")
  has_gpu=no
  grep -qx gpu "$1" && has_gpu=yes
  missing=$(sed -n 's/^missing //p' "$1" | paste -sd ' ')
  reason="says it is TensorFlow $version, but this project works with $served"
  serves "$version"
}

# explain FOLDER sets reason to the reason why the proof in FOLDER failed, and fails.
explain() {
  local failure
  [ ! -s "$1/answer" ] || read_answer "$1/answer" || return 1 # the release is not supported
  failure=$(sed -n 's/^failed //p' "$1/answer" 2>/dev/null) || failure=
  if [ -n "$failure" ]; then
    reason="is TensorFlow $version, but does not work: $failure"
  else
    reason="a C program cannot be built and run with it: $(grep -m 1 -iE 'error|undefined|cannot' "$1/log" || tail -n 1 "$1/log")"
  fi
  return 1
}

# use_python looks for TensorFlow among the installed Python packages. It does not import
# the package, which would take many seconds.
use_python() {
  local python=${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/}python3 folder
  if ! command -v "$python" >/dev/null; then
    miss "Python" "no $python"
    return 1
  fi
  folder=$("$python" -c 'import importlib.util as u
spec = u.find_spec("tensorflow")
print(spec.submodule_search_locations[0] if spec and spec.origin else "")' 2>/dev/null) || folder=
  if [ -z "$folder" ]; then
    miss "$(command -v "$python")" "no tensorflow installed there"
    return 1
  fi
  use "$folder" "installed for $(command -v "$python")"
}

# use_conda looks for conda's libtensorflow, which does not need Python.
use_conda() {
  [ -n "${CONDA_PREFIX:-}" ] || return 1
  use "$CONDA_PREFIX" "installed in the conda environment"
}
