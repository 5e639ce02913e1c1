// Network namespaces and port reservations: what Swift can't call directly.
#include "network.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char own_namespace[] = "/proc/thread-self/ns/net";

int berth_netns_open_own(void) { return berth_netns_open(own_namespace); }

int berth_netns_open(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int berth_netns_unshare(void) { return unshare(CLONE_NEWNET) < 0 ? -errno : 0; }

int berth_netns_enter(int descriptor) { return setns(descriptor, CLONE_NEWNET) < 0 ? -errno : 0; }

int berth_netns_pin(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (descriptor < 0) return -errno;
    close(descriptor);
    if (mount(own_namespace, path, NULL, MS_BIND, NULL) == 0) return 0;
    int code = errno;
    unlink(path);
    return -code;
}

int berth_netns_unpin(const char *path) {
    // Several mounts may lie on top of one another after an interrupted start.
    while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {}
    if (errno != EINVAL && errno != ENOENT) return -errno;
    return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int berth_netns_is_pinned(const char *path) {
    struct statfs information;
    if (statfs(path, &information) < 0) return errno == ENOENT ? 0 : -errno;
    return information.f_type == NSFS_MAGIC;
}

// Drops whatever arrives: a connection attempt is repeated by the client until the rules that should have taken it are back,
// and datagrams don't pile up.
static int drop_everything(int descriptor) {
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &drop};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// Listening makes a TCP port conflict with sockets that allow reuse; allowing reuse itself passes over connections that linger
// in TIME_WAIT.
static int hold(int descriptor, const struct sockaddr *address, socklen_t length, int is_stream) {
    int on = 1;
    if (address->sa_family == AF_INET6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) return -errno;
    if (is_stream && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return -errno;
    if (drop_everything(descriptor) < 0) return -errno;
    if (bind(descriptor, address, length) < 0) return -errno;
    if (is_stream && listen(descriptor, 1) < 0) return -errno;
    return 0;
}

int berth_port_hold(const uint8_t *address, int length, uint16_t port, int protocol) {
    int is_stream = protocol != IPPROTO_UDP;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (length != 4 && length != 16) return -EINVAL;
    memcpy(length == 4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr, address, (size_t)length);
    const struct sockaddr *target = length == 4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    socklen_t size = length == 4 ? sizeof v4 : sizeof v6;
    int descriptor = socket(target->sa_family, (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, protocol);
    if (descriptor < 0) return -errno;
    int result = hold(descriptor, target, size, is_stream);
    if (result == 0) return descriptor;
    close(descriptor);
    return result;
}

_Static_assert(sizeof(struct berth_filter_step) == sizeof(struct sock_filter), "an instruction as the kernel has it");

int berth_socket_filter(int descriptor, const struct berth_filter_step *program, uint16_t count) {
    struct sock_fprog description = {.len = count, .filter = (struct sock_filter *)program};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &description, sizeof description) < 0 ? -errno : 0;
}

void berth_thread_set_name(const char *name) { prctl(PR_SET_NAME, name); }
