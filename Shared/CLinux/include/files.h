// Files of running and stopped containers and of volumes: looked at, copied and found without leaving a root. All return -errno on failure.
#ifndef CLINUX_FILES_H
#define CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What lstat(2) says of a file, in types of one width.
struct clinux_status {
    /// Type and permissions.
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
    /// The file system that it is on.
    uint64_t device;
    uint64_t inode;
    int64_t size;
    /// In units of 512 bytes.
    int64_t blocks;
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    /// Of a device.
    uint32_t major;
    uint32_t minor;
};

/// Looks at the entry itself; an empty name is the directory's own.
int clinux_file_status(int directory, const char *name, struct clinux_status *status);
/// Opens a path below `root`, where absolute paths, `..` and links begin and end; `flags` are those of open(2).
int clinux_file_open_in_root(int root, const char *path, int flags, uint32_t mode);
/// The names of the entry's extended attributes, each ended by NUL; returns their length.
int64_t clinux_file_attributes(int directory, const char *name, char *buffer, size_t capacity);
/// Copies the contents of a file of `size` bytes into an empty one; holes stay holes, and blocks are shared where the file system can.
int clinux_file_copy(int from, int to, int64_t size);
/// Reads at an offset; fewer bytes only at the end.
int64_t clinux_file_read(int file, void *buffer, size_t length, int64_t offset);
/// Opens a regular file for reading, whatever may take its place meanwhile: never a device, a FIFO or a link (EINVAL).
int clinux_file_open_regular(int directory, const char *name);
/// The permissions of the entry itself; a link has none to change (ELOOP).
int clinux_file_chmod(int directory, const char *name, uint32_t mode);
/// umount2(2).
int clinux_file_unmount(const char *path, int detached);

/// Has the file system keep space for a file: `bytes` in all, or beyond its end. The size stays as it is. 0 or -errno.
int clinux_reserve_space(const char *path, int is_beyond_end, int64_t bytes);
/// A readable and writable file without a name, close-on-exec: in `directory` where its file system has such, in memory otherwise.
int clinux_unnamed_file(const char *directory);

#endif
