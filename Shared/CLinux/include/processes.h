// Processes and namespaces: clone3, setns, pidfds, credentials, as functions that return -errno on failure.
#ifndef CLINUX_PROCESSES_H
#define CLINUX_PROCESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CLINUX_NS_MOUNT = 0x00020000,
    CLINUX_NS_CGROUP = 0x02000000,
    CLINUX_NS_UTS = 0x04000000,
    CLINUX_NS_IPC = 0x08000000,
    CLINUX_NS_PID = 0x20000000,
    CLINUX_NS_NETWORK = 0x40000000,
};

/// fork(2) with new namespaces: returns twice, 0 in the child. `cgroup` is a descriptor of a cgroup v2 directory that the child is
/// born in, or -1. Stores a close-on-exec pidfd. Only for a process with one thread: no atfork handlers run.
int clinux_fork_into(uint64_t namespaces, int cgroup, int *pidfd);

/// fork(2) under the same restriction, by the older call that every seccomp filter lets pass.
int clinux_fork(void);

int clinux_setns(int descriptor, int namespaces);
int clinux_unshare(int namespaces);
int clinux_pidfd_open(int pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

/// Sends `signal` to the calling process when its parent ends.
int clinux_set_parent_death_signal(int signal);
/// Whether others may trace the process or look at its memory and executable; execve(2) resets it.
int clinux_set_dumpable(int dumpable);
int clinux_set_no_new_privileges(void);
int clinux_set_keep_capabilities(int keep);
int clinux_set_child_subreaper(void);
int clinux_drop_bounding_capability(int capability);
int clinux_clear_ambient_capabilities(void);
/// Sets the three sets of the calling process, each as a bit mask.
int clinux_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable);
/// The permitted set of the calling process.
int clinux_permitted_capabilities(uint64_t *permitted);
/// Real, effective and saved IDs and the supplementary groups. -EINVAL for UINT32_MAX, which the kernel would take for no change.
int clinux_set_groups(const uint32_t *groups, size_t count);
int clinux_set_group(uint32_t gid);
int clinux_set_user(uint32_t uid);

/// Signals that the calling process ignores, and execve(2) with it; one bit each, the lowest for signal 1.
uint64_t clinux_ignored_signals(void);
/// Opens every signal and gives those in `which`, a set as above, their default disposition. execve(2) does so itself for those with a
/// handler, not for those that are ignored.
int clinux_reset_signals(uint64_t which);
/// `resource` and values as in setrlimit(2); UINT64_MAX is unlimited.
int clinux_set_resource_limit(int resource, uint64_t soft, uint64_t hard);
/// Lets the calling process have as many descriptors as it may let itself have. Gives what it could have before.
int clinux_raise_descriptor_limit(uint64_t *soft, uint64_t *hard);
/// Marks every descriptor from `first` on close-on-exec.
int clinux_close_on_exec_from(uint32_t first);
/// Closes every descriptor from `first` on.
int clinux_close_from(uint32_t first);
/// Descriptors behind stdio.
enum { CLINUX_FIRST_OWN = 3 };
/// Closes every descriptor but stdio and this one, which is none of those.
int clinux_close_all_but(int kept);
/// Whether the working directory is below the root of the calling process's mount namespace: 0, or -EXDEV when it isn't.
int clinux_check_directory(void);
int clinux_duplicate(int descriptor, int onto);

int clinux_set_hostname(const char *name, size_t length);
int clinux_set_domainname(const char *name, size_t length);

/// `filter` is an array of `count` classic BPF instructions of 8 bytes; `flags` as seccomp(2) takes them.
int clinux_seccomp_install(const void *filter, uint16_t count, uint32_t flags);

/// A pair of close-on-exec sockets that keep message boundaries.
int clinux_message_pair(int descriptors[2]);
/// Sends one message, with a descriptor unless it is negative.
int clinux_message_send(int socket, const void *bytes, size_t count, int descriptor);
/// Receives one message: its length, or 0 at the end. `descriptor` becomes -1 or a close-on-exec descriptor.
ssize_t clinux_message_receive(int socket, void *bytes, size_t capacity, int *descriptor);
/// Whether the other end of a socket is closed.
int clinux_is_hung_up(int socket);

/// Waits for a child of the calling process: its pid, 0 with `nohang` when none has ended, or -ECHILD.
/// `status` is as waitpid(2) gives it.
int clinux_wait_any(int nohang, int *status);
/// Blocks every signal and waits for the next one: its number.
int clinux_block_signals(void);
int clinux_wait_signal(void);

/// Overwrites the command line that others see of this process, and its short name.
void clinux_set_process_name(const char *name);

#endif
