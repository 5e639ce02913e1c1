// The mount API by descriptors, path resolution that can't leave a root, device nodes and terminals. All return -errno on failure.
#ifndef CLINUX_MOUNTS_H
#define CLINUX_MOUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Attributes of a mount, as mount_setattr(2) and fsmount(2) take them.
enum {
    CLINUX_MOUNT_READONLY = 0x01,
    CLINUX_MOUNT_NOSUID = 0x02,
    CLINUX_MOUNT_NODEV = 0x04,
    CLINUX_MOUNT_NOEXEC = 0x08,
    CLINUX_MOUNT_NOATIME = 0x10,
    CLINUX_MOUNT_STRICTATIME = 0x20,
    CLINUX_MOUNT_ATIME_MASK = 0x70,
    CLINUX_MOUNT_NODIRATIME = 0x80,
};

/// Flags and propagation of mount(2).
enum {
    CLINUX_MS_RECURSIVE = 0x4000,
    CLINUX_MS_PRIVATE = 1 << 18,
    CLINUX_MS_SLAVE = 1 << 19,
    CLINUX_MS_SHARED = 1 << 20,
};

/// What kind of file a path leads to.
enum {
    CLINUX_KIND_OTHER = 0,
    CLINUX_KIND_DIRECTORY = 1,
    CLINUX_KIND_CHARACTER = 2,
    CLINUX_KIND_BLOCK = 3,
    CLINUX_KIND_REGULAR = 4,
};

struct clinux_file {
    int32_t kind;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    /// Of a device.
    uint32_t major;
    uint32_t minor;
};

int clinux_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data);
int clinux_unmount_detached(const char *target);
/// Changes the propagation of the mount that `path` is on, with all below it.
int clinux_set_propagation(const char *path, uint64_t propagation);

int clinux_fsopen(const char *type);
int clinux_fsconfig_string(int context, const char *key, const char *value);
int clinux_fsconfig_flag(int context, const char *key);
int clinux_fsconfig_create(int context);
/// The mount, not yet attached anywhere.
int clinux_fsmount(int context, uint64_t attributes);
/// A copy of the mount that `path` (relative to `directory`; empty for the directory itself) is on, from there down, not yet attached;
/// `recursive` with all mounts below.
int clinux_clone_mount(int directory, const char *path, int recursive);
/// Sets and clears attributes of a mount held by descriptor; `propagation` is 0 to leave it.
int clinux_mount_setattr(int mount, int recursive, uint64_t set, uint64_t clear, uint64_t propagation);
/// The same of the mount at a path.
int clinux_mount_setattr_path(const char *path, int recursive, uint64_t set, uint64_t clear);
/// Attaches a mount held by descriptor.
int clinux_move_mount(int mount, const char *target);
int clinux_move_mount_onto(int mount, int target);
/// Makes the working directory, a mount point, the root of this mount namespace, and lets go of the old root.
int clinux_pivot_here(void);
/// Makes the directory that a descriptor names the calling process's root and working directory.
int clinux_change_root(int directory);

/// A descriptor that only names the file. Follows links.
int clinux_open_path(const char *path);
/// The same below `root`, where absolute paths, `..` and links begin and end. No magic links of /proc.
int clinux_open_path_in_root(int root, const char *path);
/// The directory `name` of a directory, only named, without following a link.
int clinux_open_child(int directory, const char *name);
/// Where a link points: the length of the text, which is not terminated.
ssize_t clinux_read_link(int directory, const char *path, uint8_t *buffer, size_t capacity);
int clinux_open_file(const char *path, int flags, uint32_t mode);
int clinux_open_file_at(int directory, const char *path, int flags, uint32_t mode);
/// The mode is not subject to the umask.
int clinux_make_directory_at(int directory, const char *path, uint32_t mode);
int clinux_stat(const char *path, struct clinux_file *file);
int clinux_stat_descriptor(int descriptor, struct clinux_file *file);

/// 1 when `path` is in a cgroup v2 file system.
int clinux_is_cgroup2(const char *path);

/// The slave of an unlocked terminal master.
int clinux_terminal_unlock(int master);
int clinux_terminal_slave(int master);
int clinux_terminal_number(int master, uint32_t *number);
int clinux_terminal_resize(int terminal, uint16_t columns, uint16_t rows);
/// Begins a session whose controlling terminal is `slave`.
int clinux_terminal_control(int slave);
int clinux_set_nonblocking(int descriptor);

/// Brings up the loopback interface of the calling process's network namespace.
int clinux_loopback_up(void);

#endif
