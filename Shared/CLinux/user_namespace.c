// User namespaces: see the header for the contracts.
#include "user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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

// The process that the namespaces exist through until they are held by descriptor. It may be the copy of one with many threads.
static int hold(int pid, const char *users, const char *groups, int *network) {
    int result = write_map(pid, "uid_map", users);
    if (result == 0) result = write_map(pid, "gid_map", groups);
    if (result < 0) return result;
    int descriptor = open_of(pid, "ns/user", O_RDONLY);
    if (descriptor < 0 || !network) return descriptor;
    *network = open_of(pid, "ns/net", O_RDONLY);
    if (*network >= 0) return descriptor;
    close(descriptor);
    return *network;
}

int clinux_user_namespace(const char *users, const char *groups, int *network) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    // No signal tells of its end, and nobody who waits for children of the usual kind sees it.
    struct clone_args arguments = {.flags = CLONE_NEWUSER | (network ? CLONE_NEWNET : 0)};
    int pid = checked(syscall(SYS_clone3, &arguments, sizeof(arguments)));
    if (pid == 0) {
        char byte;
        syscall(SYS_close, ends[1]);
        syscall(SYS_read, ends[0], &byte, 1);
        syscall(SYS_exit_group, 0);
    }
    int result = pid < 0 ? pid : hold(pid, users, groups, network);
    close(ends[0]);
    close(ends[1]);
    if (pid < 0) return result;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) {}
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
