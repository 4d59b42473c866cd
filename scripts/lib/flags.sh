# Sets cflags and ldflags, with which Go compiles and links against libtensorflow.
# Sourced after a note by scripts/env, for a shell, and by editors.sh.
#
# Go splits the two variables at spaces and interprets quotes. The linker uses the link
# folder. The program uses the run path, which names the library's real folder, so that
# TensorFlow finds the CUDA libraries next to it. The program records the release that it
# was built for.
cflags="'-I$include_dir' '-DTFLAB_BUILT_FOR=\"$version\"' -O2"
ldflags="'-L$link_dir' '-Wl,-rpath,$lib_dir' -ltensorflow_framework"
