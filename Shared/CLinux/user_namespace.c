// User namespaces: see the header for the contracts.
#include "user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mounts.h"
#include "system_call.h"

static int checked(long result) { return result < 0 ? -errno : (int)result; }

static int open_of(int pid, const char *file, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    return checked(open(path, flags | O_CLOEXEC));
}

static int write_map(int pid, const char *file, const char *map) {
    int descriptor = open_of(pid, file, O_WRONLY);
    if (descriptor < 0) return descriptor;
    size_t length = strlen(map);
    ssize_t written = write(descriptor, map, length);
    int code = written < 0 ? -errno : (size_t)written == length ? 0 : -EINVAL;
    close(descriptor);
    return code;
}

enum { HOLDER_STACK = 16 * 1024 };

struct holder {
    int leash;
};

// Shares the caller's memory, so as not to keep a copy of it, and nothing else: none of its files stays open through this.
static int hold_on(void *argument) {
    int leash = ((struct holder *)argument)->leash;
    char byte;
    if (leash > 0) quiet_call(SYS_close_range, 0, leash - 1, 0, 0);
    quiet_call(SYS_close_range, leash + 1, ~0U, 0, 0);
    quiet_call(SYS_read, leash, (long)&byte, 1, 0);
    quiet_call(SYS_exit_group, 0, 0, 0, 0);
    return 0;
}

// No signal is handled by the copy: the handlers are the caller's.
static int start_holder(struct clinux_held_users *held, int leash, uint64_t namespaces) {
    struct holder *holder = (struct holder *)held->stack;
    holder->leash = leash;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // No signal tells of its end, and nobody who waits for children of the usual kind sees it.
    held->pid = checked(clone(hold_on, (char *)held->stack + HOLDER_STACK, (int)(CLONE_VM | namespaces), holder));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return held->pid;
}

int clinux_hold_users(struct clinux_held_users *held, int *network) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    held->leash = ends[1];
    held->stack = (uintptr_t)aligned_alloc(16, HOLDER_STACK);
    int result = held->stack ? start_holder(held, ends[0], CLONE_NEWUSER | (network ? CLONE_NEWNET : 0)) : -ENOMEM;
    close(ends[0]);
    if (result < 0) {
        close(ends[1]);
        free((void *)held->stack);
        return result;
    }
    if (!network) return 0;
    *network = open_of(held->pid, "ns/net", O_RDONLY);
    if (*network >= 0) return 0;
    clinux_release_held_users(held);
    return *network;
}

int clinux_map_held_users(struct clinux_held_users *held, const char *users, const char *groups) {
    int result = write_map(held->pid, "uid_map", users);
    if (result == 0) result = write_map(held->pid, "gid_map", groups);
    return result < 0 ? result : open_of(held->pid, "ns/user", O_RDONLY);
}

void clinux_release_held_users(struct clinux_held_users *held) {
    close(held->leash);
    kill(held->pid, SIGKILL);
    while (waitpid(held->pid, NULL, __WALL) < 0 && errno == EINTR) {}
    free((void *)held->stack);
}

int clinux_user_namespace(const char *users, const char *groups, int *network) {
    struct clinux_held_users held;
    int result = clinux_hold_users(&held, network);
    if (result < 0) return result;
    result = clinux_map_held_users(&held, users, groups);
    clinux_release_held_users(&held);
    if (result < 0 && network) close(*network);
    return result;
}

int clinux_user_namespace_of(int descriptor) { return checked(ioctl(descriptor, NS_GET_USERNS)); }

int clinux_become_root(void) {
    if (syscall(SYS_setgroups, 0, NULL) < 0) return -errno;
    if (syscall(SYS_setresgid, 0, 0, 0) < 0) return -errno;
    return checked(syscall(SYS_setresuid, 0, 0, 0));
}

int clinux_act_as(uint32_t uid, uint32_t gid) {
    // By the calls themselves: they change the calling thread alone.
    syscall(SYS_setfsgid, gid);
    syscall(SYS_setfsuid, uid);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    for (int half = 0; half < 2; half++) data[half].effective = data[half].permitted;
    if (syscall(SYS_capset, &header, data) < 0) return -errno;
    return (uint32_t)syscall(SYS_setfsuid, uid) == uid && (uint32_t)syscall(SYS_setfsgid, gid) == gid ? 0 : -EPERM;
}

int clinux_set_effective_user(uint32_t uid) { return checked(syscall(SYS_setresuid, -1, uid, -1)); }

int clinux_mount_map_ids(int mount, int recursive, int user_namespace) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return checked(mount_setattr(mount, "", flags, &attributes, sizeof(attributes)));
}

int clinux_make_device_at(
    int directory, const char *path, int kind, uint32_t mode, uint32_t uid, uint32_t gid, uint32_t major, uint32_t minor) {
    mode_t type = kind == CLINUX_KIND_BLOCK ? S_IFBLK : S_IFCHR;
    mode_t before = umask(0);
    int result = checked(mknodat(directory, path, type | mode, makedev(major, minor)));
    umask(before);
    if (result < 0) return result;
    return checked(fchownat(directory, path, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int clinux_give_pipe(int descriptor, uint32_t uid, uint32_t gid) {
    struct stat found;
    if (fstat(descriptor, &found) < 0) return -errno;
    return S_ISFIFO(found.st_mode) ? checked(fchown(descriptor, uid, gid)) : 0;
}

int clinux_raise_resource_limit(int resource, uint64_t hard) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0) return -errno;
    if (limit.rlim_max >= hard) return 0;
    limit.rlim_max = hard;
    return checked(setrlimit((__rlimit_resource_t)resource, &limit));
}

int clinux_fork_sibling(uint64_t namespaces) {
    struct clone_args arguments = {.flags = namespaces | CLONE_PARENT};
    return checked(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}
