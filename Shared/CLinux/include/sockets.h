// Unix sockets, descriptor passing, peer credentials, epoll and eventfd, as functions that return -errno on failure.
#ifndef CLINUX_SOCKETS_H
#define CLINUX_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The most descriptors that one message carries here; more in a message are closed by the kernel.
enum { CLINUX_MAX_DESCRIPTORS = 32 };

struct clinux_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

struct clinux_epoll_event {
    uint32_t events;
    uint64_t data;
};

/// A non-blocking, close-on-exec stream socket connected to `path`. -EAGAIN when the listener's backlog is full.
/// Paths may be longer than a socket's address, here and below.
int clinux_unix_connect(const char *path);

/// A non-blocking, close-on-exec stream socket bound to `path` with the given mode and listening. The path must not exist.
int clinux_unix_listen(const char *path, uint32_t mode, int backlog);

/// Two connected, non-blocking, close-on-exec stream sockets.
int clinux_unix_pair(int descriptors[2]);

/// Accepts one connection, non-blocking and close-on-exec.
int clinux_accept(int listener);

int clinux_peer_credentials(int socket, struct clinux_peer *peer);

/// Makes a descriptor non-blocking and close-on-exec.
int clinux_prepare_descriptor(int descriptor);

/// 1 when the descriptor is a listening socket, 0 when it is not.
int clinux_is_listening(int descriptor);

/// Sends bytes without raising SIGPIPE, with descriptors attached to the first of them. Returns the bytes taken.
ssize_t clinux_send(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

/// Receives bytes and the descriptors (close-on-exec) that came with them. Returns 0 at the end of the stream, and
/// -EMSGSIZE after closing what was received when descriptors were cut off.
ssize_t clinux_receive(int socket, void *bytes, size_t capacity, int descriptors[CLINUX_MAX_DESCRIPTORS], size_t *descriptor_count);

/// Size and identity of a file without following a link: device and inode. Returns 1 for a socket, 0 for another file.
int clinux_socket_identity(const char *path, uint64_t *device, uint64_t *inode);

int clinux_epoll_create(void);
/// `operation` is one of EPOLL_CTL_ADD (1), EPOLL_CTL_DEL (2), EPOLL_CTL_MOD (3).
int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data);
/// Waits for events; a signal ends the wait with 0.
int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int capacity, int timeout_milliseconds);

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t clinux_monotonic_nanoseconds(void);

#endif
