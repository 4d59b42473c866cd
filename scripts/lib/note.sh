# The note: a small file of shell variables in the checkout, so that two
# checkouts can use two libraries. Sourced by scripts/setup.

# note_holds NOTE DEVICE succeeds when the noted library is still in place and
# is the one that this environment asks for.
note_holds() (
  [ -f "$1" ] || exit 1
  . "$1"
  [ "$asked" = "${TFLAB_LIBTENSORFLOW:-}" ] || exit 1
  [ "$2" = cpu ] || [ "$noted_device" = gpu ] || exit 1
  [ -e "$lib_dir/$library" ] && [ -e "$link_dir/libtensorflow.so" ] &&
    [ -e "$include_dir/tensorflow/c/c_api.h" ]
)

# write_note NOTE writes what find_libtensorflow found.
write_note() {
  local asked=${TFLAB_LIBTENSORFLOW:-} noted_device=$device name
  mkdir -p "$(dirname "$1")"
  {
    echo "# Written by scripts/setup. Remove it to have the search done again."
    for name in asked origin version noted_device library lib_dir include_dir link_dir; do
      printf '%s=%q\n' "$name" "${!name}"
    done
  } >"$1.$$"
  mv -f "$1.$$" "$1"
}
