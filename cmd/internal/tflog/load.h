#include <stddef.h>

// tflab_noise recognizes lines of TensorFlow's log: "I0000 00:00:… file.cc:401] …"
// and the warning that Abseil writes before the first of them.
int tflab_noise(const char *line, size_t n);
