/* A system that refuses some calls: loaded before the C library, by LD_PRELOAD (ld.so(8)).
 *
 * REFUSED_OPTIONS  level:name of setsockopt(2), separated by commas: ENOPROTOOPT
 * REFUSED_FAMILY   an address family of socket(2): EAFNOSUPPORT
 * PEER             the address of every peer in getpeername(2)
 * ADDRESSES        the addresses of frame.test in getaddrinfo(3), separated by commas
 * STUCK            getaddrinfo(3) of stuck.test takes an hour
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
    const char *list = getenv("REFUSED_OPTIONS");
    char wanted[32];
    snprintf(wanted, sizeof wanted, ",%d:%d,", level, name);
    if (list && strstr(list, wanted)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return real(fd, level, name, value, length);
}

int socket(int family, int type, int protocol) {
    int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
    const char *refused = getenv("REFUSED_FAMILY");
    if (refused && atoi(refused) == family) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return real(family, type, protocol);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *length) {
    int (*real)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getpeername");
    const char *peer = getenv("PEER");
    int result = real(fd, address, length);
    if (!peer || result) {
        return result;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(4711)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(4711)};
    if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1) {
        memcpy(address, &v4, *length = sizeof v4);
    } else if (inet_pton(AF_INET6, peer, &v6.sin6_addr) == 1) {
        memcpy(address, &v6, *length = sizeof v6);
    }
    return 0;
}

/* One numeric address, as the C library itself would return it. */
static struct addrinfo *numeric(const char *address, const char *port, const struct addrinfo *hints) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    struct addrinfo *found = NULL;
    return real(address, port, hints, &found) ? NULL : found;
}

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    if (name && !strcmp(name, "stuck.test")) {
        sleep(3600);
        return EAI_AGAIN;
    }
    const char *list = getenv("ADDRESSES");
    if (!list || !name || strcmp(name, "frame.test")) {
        return real(name, port, hints, found);
    }
    struct addrinfo **end = found;
    *end = NULL;
    char *copy = strdup(list), *rest = copy, *one;
    while ((one = strsep(&rest, ","))) {
        *end = numeric(one, port, hints);
        while (*end) {
            end = &(*end)->ai_next;
        }
    }
    free(copy);
    return *found ? 0 : EAI_NONAME;
}
