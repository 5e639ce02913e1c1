// A further process in a running container, set up by a child that shares the caller's memory until it executes.
//
// Nothing of the caller is copied for it, no page table and no page, which is most of what fork(2) costs. The price is what such a child
// may do: make system calls, and touch nothing that others rely on, because anybody in the container may kill or stop it between any two
// instructions. So everything is decided beforehand, and whatever doesn't go to plan is left to a child that has its own memory. And
// nobody who sees the child may have CAP_SYS_PTRACE in the caller's user namespace: the caller's memory would be his to write.
//
// A second child, which only the caller's own PID namespace has, waits for the first: the caller itself waits for no longer than it likes.
#ifndef CLINUX_CONTAINER_EXEC_H
#define CLINUX_CONTAINER_EXEC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Which file it is, and since when it has been as it is. All zero for a file that isn't there.
struct clinux_file_mark {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    int64_t changed_seconds;
    int64_t changed_nanoseconds;
};

/// As setrlimit(2) takes it.
struct clinux_resource_limit {
    int resource;
    uint64_t soft;
    uint64_t hard;
};

struct clinux_container_exec {
    /// A cgroup v2 directory that the process is born in, or -1.
    int cgroup;
    /// Files of cgroup v1 that a thread joins by writing 0 to them.
    const int *cgroup_files;
    size_t cgroup_file_count;
    /// The caller's own pidfd, 3 or higher: the process ends when it finds the caller gone.
    int parent;
    /// Seconds until a child that hasn't executed is killed.
    int patience;
    /// A pidfd of the container's first process, and the namespaces of its to enter.
    int container;
    int namespaces;
    /// For oom_score_adj; NULL leaves it.
    const char *oom_score;
    /// What the user was resolved from. The plan is void if these have changed.
    struct clinux_file_mark passwd;
    struct clinux_file_mark group;
    /// Each 3 or higher.
    int stdio[3];
    const struct clinux_resource_limit *limits;
    size_t limit_count;
    const char *directory;
    uint32_t uid;
    uint32_t gid;
    const uint32_t *groups;
    size_t group_count;
    /// Of the bounding set, what is kept; and the highest number there is.
    uint64_t bounding;
    int highest_capability;
    /// Held until the filter is in force, and from then on.
    uint64_t sealing;
    uint64_t capabilities;
    int no_new_privileges;
    /// As `clinux_seccomp_install` takes it; NULL for none.
    const void *filter;
    uint16_t filter_count;
    uint32_t filter_flags;
    /// One bit a signal, the lowest for signal 1.
    uint64_t ignored_signals;
    /// Files to execute: the first that the process may, as a search of PATH has it. NULL-terminated like the other two.
    char *const *candidates;
    char *const *arguments;
    char *const *environment;
    /// Set by the process.
    volatile int is_executed;
};

/// Starts the process as a child of the caller, in the container's PID namespace. Returns its pid once it has executed, with a
/// close-on-exec pidfd; 0 when it didn't come to that, with nothing left of it; -ETIMEDOUT when it had to be killed; another -errno when
/// none could be made. Only for a process with one thread that isn't dumpable.
pid_t clinux_execute_in_container(struct clinux_container_exec *plan, int *pidfd);

/// 0, or -errno for a file that can't be looked at.
int clinux_mark_file(const char *path, struct clinux_file_mark *mark);

#endif
