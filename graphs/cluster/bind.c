// TensorFlow's server listens on all addresses of the machine and has no setting to
// change that. The dynamic linker finds the executable's bind before the C library's.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "bind.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char only[16]; // an IPv6 address; an IPv4 address is mapped
static int narrow, narrowed;

int tflab_narrow(const unsigned char *address, size_t n) {
	pthread_mutex_lock(&lock);
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	int count = narrowed;
	narrow = n > 0;
	narrowed = 0;
	if (n == 4) {
		memcpy(only, mapped, 12);
		memcpy(only + 12, address, 4);
	} else if (n == 16) {
		memcpy(only, address, 16);
	}
	pthread_mutex_unlock(&lock);
	return count;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
	static int (*next)(int, const struct sockaddr *, socklen_t);
	pthread_mutex_lock(&lock);
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "bind");
	}
	struct sockaddr_storage own;
	if (narrow && length <= sizeof own && address->sa_family == AF_INET6) {
		struct sockaddr_in6 *to = memcpy(&own, address, length);
		if (IN6_IS_ADDR_UNSPECIFIED(&to->sin6_addr)) {
			memcpy(&to->sin6_addr, only, 16);
			address = (struct sockaddr *)&own;
			narrowed++;
		}
	} else if (narrow && length <= sizeof own && address->sa_family == AF_INET) {
		struct sockaddr_in *to = memcpy(&own, address, length);
		if (to->sin_addr.s_addr == htonl(INADDR_ANY)) {
			if (!IN6_IS_ADDR_V4MAPPED((struct in6_addr *)only)) { // an IPv6 address cannot be bound to an IPv4 socket
				pthread_mutex_unlock(&lock);
				errno = EADDRNOTAVAIL;
				return -1;
			}
			memcpy(&to->sin_addr, only + 12, 4);
			address = (struct sockaddr *)&own;
			narrowed++;
		}
	}
	if (address == (struct sockaddr *)&own) {
		// Accepted sockets inherit these options: a client whose machine has gone is
		// detected after a minute and a half.
		int on = 1, idle = 60, pause = 10, times = 3;
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause, sizeof pause);
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
	}
	pthread_mutex_unlock(&lock);
	return next(fd, address, length);
}
