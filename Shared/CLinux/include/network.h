// Network namespaces of the calling thread, and sockets that hold a port. All functions return a negative errno on failure.
#pragma once
#include <stdint.h>

// A descriptor of the calling thread's network namespace, closed on exec.
int berth_netns_open_own(void);
// Moves the calling thread into a new network namespace.
int berth_netns_unshare(void);
// Moves the calling thread into the network namespace that the descriptor refers to.
int berth_netns_enter(int descriptor);
// Binds the calling thread's network namespace to a new file, so that it outlives the thread.
int berth_netns_pin(const char *path);
// Undoes that; succeeds when there is nothing.
int berth_netns_unpin(const char *path);
// 1 when a namespace is bound to the file, 0 when not.
int berth_netns_is_pinned(const char *path);
// A descriptor of the namespace bound to the file.
int berth_netns_open(const char *path);

// A socket bound to the address that keeps others from binding it and never receives anything.
// address: 4 or 16 bytes in network order. protocol: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP. Returns the descriptor.
int berth_port_hold(const uint8_t *address, int length, uint16_t port, int protocol);

// One instruction of classic BPF, as the kernel has it.
struct berth_filter_step {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t operand;
};
// Has a socket take only what the program lets through, in place of any filter it has.
int berth_socket_filter(int descriptor, const struct berth_filter_step *program, uint16_t count);

// Names the calling thread for tools that list threads; cut to 15 bytes.
void berth_thread_set_name(const char *name);
