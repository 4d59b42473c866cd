# The note is a small file of shell variables in the checkout, so that two checkouts can
# use different libraries. Sourced by scripts/setup and scripts/env.

# note_of CHECKOUT prints the note's path. Each requested release has its own note.
note_of() {
  printf '%s\n' "$1/.tflab/libtensorflow${TFLAB_TENSORFLOW:+-$TFLAB_TENSORFLOW}"
}

# note_holds NOTE succeeds if the noted library still exists and is the one that this
# environment requests. A choice by --cpu or --gpu remains valid.
note_holds() (
  [ -f "$1" ] || exit 1
  set -- "$choice" "$saw" "$1"
  choice='' saw='' # missing in a note of an earlier version
  . "$3"
  [ "$asked" = "${TFLAB_LIBTENSORFLOW:-}" ] || exit 1
  case $1 in
    gpu) [ "$noted_device" = gpu ] ;;
    cpu) [ "$choice" = cpu ] ;;
    auto) [ "$choice" = cpu ] || [ "$choice" = gpu ] || [ "$saw" = "$2" ] || [ "$noted_device" = gpu ] ;;
  esac || exit 1
  [ -e "$lib_dir/$library" ] && [ -e "$link_dir/libtensorflow.so" ] &&
    [ -e "$include_dir/tensorflow/c/c_api.h" ]
)

# write_note NOTE writes the results of find_libtensorflow.
write_note() {
  local asked=${TFLAB_LIBTENSORFLOW:-} noted_device=cpu name
  serves_gpu && noted_device=gpu
  mkdir -p "$(dirname "$1")"
  {
    echo "# Written by scripts/setup. Remove this file to repeat the search."
    for name in asked choice saw origin version noted_device library lib_dir include_dir link_dir; do
      printf '%s=%q\n' "$name" "${!name}"
    done
  } >"$1.$$"
  mv -f "$1.$$" "$1"
}
