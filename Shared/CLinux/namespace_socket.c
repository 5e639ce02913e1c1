// Sockets in other network namespaces: see the header for the contracts.
#include "namespace_socket.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void must_return(int home) {
    static const char words[] = "can't return to the host's network namespace\n";
    if (setns(home, CLONE_NEWNET) == 0) return;
    ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
    (void)ignored;
    _exit(1);
}

int berth_netns_socket(int netns, int home, int family, int type, int protocol) {
    if (setns(netns, CLONE_NEWNET) < 0) return -errno;
    int descriptor = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    int code = errno;
    must_return(home);
    return descriptor < 0 ? -code : descriptor;
}

int berth_descriptor_raise(int descriptor, int minimum) {
    if (descriptor >= minimum) return descriptor;
    int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, minimum);
    if (raised < 0) return descriptor;
    close(descriptor);
    return raised;
}

long berth_descriptor_limit_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    long before = (long)limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : before;
}

int berth_descriptor_limit_set(long count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = (rlim_t)count;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}
