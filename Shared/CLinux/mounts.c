// Mounts, safe path resolution, devices and terminals: see the header for the contracts.
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static int checked(long result) { return result < 0 ? -errno : (int)result; }

int clinux_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data) {
    return checked(mount(source, target, type, flags, data));
}

int clinux_unmount_detached(const char *target) { return checked(umount2(target, MNT_DETACH)); }

int clinux_set_propagation(const char *path, uint64_t propagation) {
    return checked(mount(NULL, path, NULL, propagation | MS_REC, NULL));
}

int clinux_fsopen(const char *type) { return checked(fsopen(type, FSOPEN_CLOEXEC)); }

int clinux_fsconfig_string(int context, const char *key, const char *value) {
    return checked(fsconfig(context, FSCONFIG_SET_STRING, key, value, 0));
}

int clinux_fsconfig_flag(int context, const char *key) { return checked(fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0)); }

int clinux_fsconfig_create(int context) { return checked(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0)); }

int clinux_fsmount(int context, uint64_t attributes) { return checked(fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes)); }

int clinux_clone_mount(int directory, const char *path, int recursive) {
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);
    return checked(open_tree(directory, path, flags));
}

int clinux_mount_setattr(int descriptor, int recursive, uint64_t set, uint64_t clear, uint64_t propagation) {
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return checked(mount_setattr(descriptor, "", flags, &attributes, sizeof(attributes)));
}

int clinux_mount_setattr_path(const char *path, int recursive, uint64_t set, uint64_t clear) {
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};
    return checked(mount_setattr(AT_FDCWD, path, recursive ? AT_RECURSIVE : 0, &attributes, sizeof(attributes)));
}

int clinux_move_mount(int descriptor, const char *target) {
    return checked(move_mount(descriptor, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
}

int clinux_move_mount_onto(int descriptor, int target) {
    return checked(move_mount(descriptor, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int clinux_pivot_here(void) {
    if (syscall(SYS_pivot_root, ".", ".") < 0) return -errno;
    if (umount2(".", MNT_DETACH) < 0) return -errno;
    return checked(chdir("/"));
}

int clinux_change_root(int directory) {
    if (fchdir(directory) < 0) return -errno;
    return checked(chroot("."));
}

int clinux_open_path(const char *path) { return checked(open(path, O_PATH | O_CLOEXEC)); }

int clinux_open_path_in_root(int root, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    long result;
    // A rename elsewhere in the tree makes the kernel ask for another try.
    for (int tries = 0; tries < 64; tries++) {
        result = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (result >= 0 || errno != EAGAIN) break;
    }
    return checked(result);
}

int clinux_open_child(int directory, const char *name) {
    return checked(openat(directory, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
}

ssize_t clinux_read_link(int directory, const char *path, uint8_t *buffer, size_t capacity) {
    ssize_t length = readlinkat(directory, path, (char *)buffer, capacity);
    return length < 0 ? -errno : length;
}

int clinux_open_file(const char *path, int flags, uint32_t mode) { return checked(open(path, flags | O_CLOEXEC, mode)); }

int clinux_open_file_at(int directory, const char *path, int flags, uint32_t mode) {
    return checked(openat(directory, path, flags | O_CLOEXEC, mode));
}

int clinux_make_directory_at(int directory, const char *path, uint32_t mode) {
    mode_t before = umask(0);
    int result = checked(mkdirat(directory, path, mode));
    umask(before);
    return result;
}

static int describe(const struct stat *from, struct clinux_file *file) {
    file->kind = S_ISDIR(from->st_mode) ? CLINUX_KIND_DIRECTORY
               : S_ISCHR(from->st_mode) ? CLINUX_KIND_CHARACTER
               : S_ISBLK(from->st_mode) ? CLINUX_KIND_BLOCK
               : S_ISREG(from->st_mode) ? CLINUX_KIND_REGULAR
                                        : CLINUX_KIND_OTHER;
    file->mode = from->st_mode & 07777;
    file->uid = from->st_uid;
    file->gid = from->st_gid;
    file->major = major(from->st_rdev);
    file->minor = minor(from->st_rdev);
    return 0;
}

int clinux_stat(const char *path, struct clinux_file *file) {
    struct stat found;
    return stat(path, &found) < 0 ? -errno : describe(&found, file);
}

int clinux_stat_descriptor(int descriptor, struct clinux_file *file) {
    struct stat found;
    return fstat(descriptor, &found) < 0 ? -errno : describe(&found, file);
}

int clinux_is_cgroup2(const char *path) {
    struct statfs found;
    return statfs(path, &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC ? 1 : 0;
}

int clinux_terminal_unlock(int master) {
    int locked = 0;
    return checked(ioctl(master, TIOCSPTLCK, &locked));
}

int clinux_terminal_slave(int master) { return checked(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)); }

int clinux_terminal_number(int master, uint32_t *number) { return checked(ioctl(master, TIOCGPTN, number)); }

int clinux_terminal_resize(int terminal, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    return checked(ioctl(terminal, TIOCSWINSZ, &size));
}

int clinux_terminal_control(int slave) {
    if (setsid() < 0) return -errno;
    return checked(ioctl(slave, TIOCSCTTY, 0));
}

int clinux_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -errno : checked(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
}

int clinux_loopback_up(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int result = checked(ioctl(descriptor, SIOCSIFFLAGS, &request));
    close(descriptor);
    return result;
}
