# The settings with which Go compiles and links against libtensorflow: cflags and
# ldflags. Sourced after a note by scripts/env, for a shell, and by editors.sh.
#
# Go splits the two variables at spaces and honours quotes within them. The link folder
# serves the linker, the run path the program: it names the real folder, from where
# TensorFlow finds the CUDA libraries beside it. The program remembers the release that
# it was built for.
cflags="'-I$include_dir' '-DTFLAB_BUILT_FOR=\"$version\"' -O2"
ldflags="'-L$link_dir' '-Wl,-rpath,$lib_dir' -ltensorflow_framework"
