// Thin wrappers for a process that looks after others.
#include "supervision.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int result_or_errno(int result) { return result < 0 ? -errno : result; }

int clinux_signal_descriptor(const int *signals, int count) {
    sigset_t mask;
    sigemptyset(&mask);
    for (int index = 0; index < count; index++) sigaddset(&mask, signals[index]);
    if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0) return -errno;
    return result_or_errno(signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
}

int clinux_take_signal(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t length;
    do length = read(descriptor, &info, sizeof info);
    while (length < 0 && errno == EINTR);
    if (length == sizeof info) return (int)info.ssi_signo;
    return length < 0 && errno != EAGAIN ? -errno : 0;
}

pid_t clinux_reap(int *status) {
    pid_t pid = waitpid(-1, status, WNOHANG);
    return pid < 0 ? -errno : pid;
}

int clinux_pipe(int descriptors[2]) { return result_or_errno(pipe2(descriptors, O_CLOEXEC)); }

int clinux_set_pipe_size(int descriptor, int bytes) { return result_or_errno(fcntl(descriptor, F_SETPIPE_SZ, bytes)); }

int clinux_readable_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) < 0 ? -errno : count;
}

int clinux_lock(int descriptor) { return result_or_errno(flock(descriptor, LOCK_EX | LOCK_NB)); }

ssize_t clinux_send_some(int socket, const void *bytes, size_t count) {
    ssize_t result;
    do result = send(socket, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t clinux_receive_some(int socket, void *bytes, size_t capacity) {
    ssize_t result;
    do result = recv(socket, bytes, capacity, MSG_DONTWAIT);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int clinux_unread_bytes(int socket) {
    int count = 0;
    return ioctl(socket, SIOCOUTQ, &count) == 0 ? count : -errno;
}

int clinux_is_stream_socket(int descriptor) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

void clinux_trim_heap(void) { malloc_trim(0); }

void clinux_use_few_arenas(void) {
    mallopt(M_ARENA_MAX, 2);
    // Set once, these don't grow with what is allocated.
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

void clinux_use_small_heap(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, 32 * 1024);
    mallopt(M_MMAP_THRESHOLD, 32 * 1024);
    mallopt(M_TOP_PAD, 0);
}

int clinux_wake_descriptor(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

// The counter can't be full: it would take 2^64 - 2 wakes without one take.
void clinux_wake(int descriptor) { (void)eventfd_write(descriptor, 1); }

void clinux_wake_take(int descriptor) {
    eventfd_t count;
    (void)eventfd_read(descriptor, &count);
}
