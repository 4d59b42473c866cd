# The note: a small file of shell variables in the checkout, so that two checkouts
# can use two libraries. Sourced by scripts/setup and scripts/env.

# note_of CHECKOUT prints the note's path: one for each release asked for.
note_of() {
  printf '%s\n' "$1/.tflab/libtensorflow${TFLAB_TENSORFLOW:+-$TFLAB_TENSORFLOW}"
}

# note_holds NOTE succeeds when the noted library is still in place and is the one
# that this environment asks for. What was chosen by --cpu or --gpu stays chosen.
note_holds() (
  [ -f "$1" ] || exit 1
  set -- "$choice" "$saw" "$1"
  choice='' saw='' # what a note of an earlier version lacks
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

# write_note NOTE writes what find_libtensorflow found.
write_note() {
  local asked=${TFLAB_LIBTENSORFLOW:-} noted_device=cpu name
  serves_gpu && noted_device=gpu
  mkdir -p "$(dirname "$1")"
  {
    echo "# Written by scripts/setup. Remove it to have the search done again."
    for name in asked choice saw origin version noted_device library lib_dir include_dir link_dir; do
      printf '%s=%q\n' "$name" "${!name}"
    done
  } >"$1.$$"
  mv -f "$1.$$" "$1"
}
