// Files of image layers: path resolution below a layer's root, nodes, extended attributes, and durability. All return -errno on failure.
#ifndef CLINUX_LAYERS_H
#define CLINUX_LAYERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What lstat(2) says of a file, in types of one width.
struct clinux_entry {
    /// Type and permissions.
    uint32_t mode;
    uint32_t links;
    uint64_t device;
    uint64_t inode;
    int64_t size;
};

/// Opens a directory below `root`, where absolute paths, `..` and links begin and end, as they would in a chroot.
int clinux_layer_open(int root, const char *path);
/// Looks at the entry itself, never at what it links to.
int clinux_layer_stat(int directory, const char *name, struct clinux_entry *entry);
/// Opens the directory `name` itself, which is no link.
int clinux_layer_enter(int directory, const char *name);
/// A regular file that wasn't there, opened for writing.
int clinux_layer_create(int directory, const char *name);
/// Opens the entry itself for reading, and fails with ELOOP for a link.
int clinux_layer_read(int directory, const char *name, int expect_directory);
/// A device, a FIFO, or, as 0:0, overlay's whiteout. `mode` carries the type.
int clinux_layer_node(int directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
int clinux_layer_directory(int directory, const char *name, uint32_t mode);
int clinux_layer_symlink(const char *target, int directory, const char *name);
/// A hard link to the entry itself.
int clinux_layer_link(int from, const char *target, int directory, const char *name);
int clinux_layer_remove(int directory, const char *name, int is_directory);

/// The owner of the entry itself.
int clinux_layer_chown(int directory, const char *name, uint32_t uid, uint32_t gid);
int clinux_layer_chmod(int directory, const char *name, uint32_t mode);
/// Owner, then permissions, then modification time of an open file. An owner of -1 stays as it is.
int clinux_layer_describe(int file, uint32_t uid, uint32_t gid, uint32_t mode, int64_t seconds, int64_t nanoseconds);
/// The modification time of the entry itself; its access time becomes the same.
int clinux_layer_touch(int directory, const char *name, int64_t seconds, int64_t nanoseconds);
/// An extended attribute of the entry itself.
int clinux_layer_setxattr(int directory, const char *name, const char *attribute, const void *value, size_t length);
/// The length of an attribute of the entry itself, copied as far as it fits.
int64_t clinux_layer_getxattr(int directory, const char *name, const char *attribute, void *value, size_t length);
/// Writes all of it at an offset.
int clinux_layer_write(int file, const void *bytes, size_t length, int64_t offset);
int clinux_layer_truncate(int file, int64_t length);

/// Begins to write back what was written to a file, without waiting for it.
int clinux_layer_begin_writeback(int file, int64_t offset, int64_t length);
/// Writes back all of the file system that `descriptor` is on; reports write errors since it was opened.
int clinux_syncfs(int descriptor);
/// Moves without ever replacing: fails with EEXIST when the new name is taken.
int clinux_rename_exclusively(const char *from, const char *to);
/// Calls `take` with each name but `.` and `..` of an open directory, until it returns non-zero.
int clinux_layer_list(int directory, void *context, int (*take)(void *context, const char *name));

#endif
