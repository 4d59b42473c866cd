# Detects an NVIDIA GPU, and chooses the TensorFlow release for it.
# Sourced by scripts/setup.

dev=${TFLAB_DEV:-/dev} # the tests use another folder

# gpu_node prints the device file of an NVIDIA GPU, if there is one. WSL2 has one device
# file for GPUs of all makers; with an NVIDIA GPU there is also libcuda.
gpu_node() {
  local node
  for node in "$dev"/nvidia[0-9]*; do
    [ -e "$node" ] && { printf '%s\n' "$node"; return; }
  done
  if [ -e "$dev/dxg" ] && { [ -e /usr/lib/wsl/lib/libcuda.so.1 ] || PATH=$PATH:/sbin ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; }; then
    printf '%s\n' "$dev/dxg"
  fi
}

# ask_driver sets gpu and capability to those of the first GPU, or why_not to the driver's
# error.
ask_driver() {
  local work answer=
  gpu='' capability='' why_not='the driver does not answer'
  work=$(mktemp -d)
  if compile "$work/gpus" "$scripts_lib/gpus.c" -ldl 2>/dev/null; then
    answer=$(timeout 20 "$work/gpus" 2>/dev/null | head -n 1) || answer=
  fi
  rm -rf "$work"
  case $answer in
    gpu*) read -r _ capability gpu <<<"$answer" ;;
    failed*) why_not=${answer#failed } ;;
  esac
}

# choose_for_gpu NODE sets device, release if the GPU needs another one than the default,
# and no_wheel to the reason if no wheel supports the GPU. Since 2.16 the wheels have code
# for compute capabilities 6.0 to 9.0. No wheel up to 2.21 has code for 10.0 and 12.0, and
# the wheels' PTX for 9.0 has been reported not to load there (tensorflow/tensorflow issues
# 89272, 101746 and 111958).
choose_for_gpu() {
  ask_driver
  device=gpu
  if [ -z "$capability" ]; then
    say "found $1, but $why_not; the set-up is for a GPU all the same (make setup GPU=0: for the CPU)"
    return
  fi
  say "found $gpu, compute capability $capability (make setup GPU=0: for the CPU)"
  case ${capability%.*} in
    [1-4]) no_wheel="no TensorFlow from $served on PyPI has code for less than compute capability 5.0" ;;
    5) release=2.15.1 ;; # the last release with code for it
    [6-9]) ;;
    *) no_wheel="no TensorFlow from $served on PyPI has code for compute capability $capability; name a build that has in TFLAB_LIBTENSORFLOW, or take PyPI's all the same with GPU=1" ;;
  esac
}
