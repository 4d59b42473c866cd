#include <stddef.h>

// tflab_narrow makes bind take the address of 4 or 16 bytes wherever a library asks
// for all addresses of the machine; with n = 0 it makes bind as it was. It returns how
// many sockets were narrowed since the last call.
int tflab_narrow(const unsigned char *address, size_t n);
