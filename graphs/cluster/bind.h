#include <stddef.h>

// tflab_narrow makes bind replace the wildcard address (all addresses of the machine) by
// an address of 4 or 16 bytes. With n = 0 it restores the ordinary bind. It returns the
// number of sockets whose address was replaced since the last call.
int tflab_narrow(const unsigned char *address, size_t n);
