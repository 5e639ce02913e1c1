// Unix sockets, descriptor passing, peer credentials, epoll: see the header for the contracts.
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int close_failed(int descriptor) {
    int code = errno;
    close(descriptor);
    return -code;
}

// A socket's address, and the descriptor that has to stay open while it is used, or -1.
struct socket_name {
    struct sockaddr_un address;
    int directory;
};

// An address holds 107 bytes. A longer path is reached through a descriptor of its directory.
static int fill_name(struct socket_name *name, const char *path) {
    memset(name, 0, sizeof(*name));
    name->directory = -1;
    name->address.sun_family = AF_UNIX;
    size_t length = strlen(path), room = sizeof(name->address.sun_path);
    if (length == 0 || length >= PATH_MAX) return -ENAMETOOLONG;
    if (length < room) {
        memcpy(name->address.sun_path, path, length + 1);
        return 0;
    }
    const char *slash = strrchr(path, '/');
    if (!slash) return -ENAMETOOLONG;
    char directory[PATH_MAX];
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
    name->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (name->directory < 0) return -errno;
    int written = snprintf(name->address.sun_path, room, "/proc/self/fd/%d%s", name->directory, slash);
    if (written > 0 && (size_t)written < room) return 0;
    close(name->directory);
    return -ENAMETOOLONG;
}

static int name_done(const struct socket_name *name, int result) {
    if (name->directory >= 0) close(name->directory);
    return result;
}

int clinux_unix_connect(const char *path) {
    struct socket_name name;
    int result = fill_name(&name, path);
    if (result < 0) return result;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return name_done(&name, -errno);
    while (connect(descriptor, (struct sockaddr *)&name.address, sizeof(name.address)) < 0) {
        if (errno != EINTR) return name_done(&name, close_failed(descriptor));
    }
    return name_done(&name, descriptor);
}

int clinux_unix_listen(const char *path, uint32_t mode, int backlog) {
    struct socket_name name;
    int result = fill_name(&name, path);
    if (result < 0) return result;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return name_done(&name, -errno);
    result = bind(descriptor, (struct sockaddr *)&name.address, sizeof(name.address)) < 0 ? close_failed(descriptor) : 0;
    if (name_done(&name, result) < 0) return result;
    // Nobody can connect between bind and listen, so the mode is in force before the first connection.
    // In a directory of somebody else, what is there now may be a link.
    if (fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) < 0 || listen(descriptor, backlog) < 0) {
        int code = close_failed(descriptor);
        unlink(path);
        return code;
    }
    return descriptor;
}

int clinux_unix_pair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, descriptors) < 0 ? -errno : 0;
}

int clinux_accept(int listener) {
    int descriptor;
    do {
        descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_peer_credentials(int socket, struct clinux_peer *peer) {
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -errno;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    return 0;
}

int clinux_prepare_descriptor(int descriptor) {
    int status = fcntl(descriptor, F_GETFL);
    if (status < 0 || fcntl(descriptor, F_SETFL, status | O_NONBLOCK) < 0) return -errno;
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) < 0) return -errno;
    return 0;
}

int clinux_is_listening(int descriptor) {
    int listening = 0;
    socklen_t length = sizeof(listening);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) < 0) return -errno;
    return listening != 0;
}

ssize_t clinux_send(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
    } control;
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor_count > CLINUX_MAX_DESCRIPTORS) return -EINVAL;
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof(control));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

// Copies the descriptors of a received message; every one beyond the room given is closed.
static size_t take_descriptors(struct msghdr *message, int descriptors[CLINUX_MAX_DESCRIPTORS]) {
    size_t taken = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < count; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
            if (taken < CLINUX_MAX_DESCRIPTORS) {
                descriptors[taken++] = descriptor;
            } else {
                close(descriptor);
            }
        }
    }
    return taken;
}

ssize_t clinux_receive(int socket, void *bytes, size_t capacity, int descriptors[CLINUX_MAX_DESCRIPTORS], size_t *descriptor_count) {
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
    } control;
    struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    *descriptor_count = 0;
    ssize_t received;
    do {
        received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    size_t taken = take_descriptors(&message, descriptors);
    if (message.msg_flags & MSG_CTRUNC) {
        for (size_t index = 0; index < taken; index++) close(descriptors[index]);
        return -EMSGSIZE;
    }
    *descriptor_count = taken;
    return received;
}

int clinux_socket_identity(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat status;
    if (lstat(path, &status) < 0) return -errno;
    *device = status.st_dev;
    *inode = status.st_ino;
    return S_ISSOCK(status.st_mode) ? 1 : 0;
}

int clinux_epoll_create(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int capacity, int timeout_milliseconds) {
    struct epoll_event ready[64];
    if (capacity > 64) capacity = 64;
    int count = epoll_wait(epoll, ready, capacity, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        events[index].events = ready[index].events;
        events[index].data = ready[index].data.u64;
    }
    return count;
}

uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}
