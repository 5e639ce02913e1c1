// Files of image layers. Nothing here follows a link in the last component, and clinux_layer_open keeps all others below the root.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "layers.h"

static int result(long value) { return value < 0 ? -errno : (int)value; }

int clinux_layer_open(int root, const char *path) {
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_DIRECTORY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    for (;;) {
        long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
        // EAGAIN: a rename raced with the walk, and the kernel couldn't tell that it stayed below the root.
        if (descriptor >= 0 || (errno != EINTR && errno != EAGAIN)) return result(descriptor);
    }
}

int clinux_layer_stat(int directory, const char *name, struct clinux_entry *entry) {
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) return -errno;
    entry->mode = status.st_mode;
    entry->links = (uint32_t)status.st_nlink;
    entry->device = status.st_rdev;
    entry->inode = status.st_ino;
    entry->size = status.st_size;
    return 0;
}

int clinux_layer_enter(int directory, const char *name) {
    return result(openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

int clinux_layer_create(int directory, const char *name) {
    return result(openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

int clinux_layer_read(int directory, const char *name, int expect_directory) {
    return result(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (expect_directory ? O_DIRECTORY : 0)));
}

int clinux_layer_node(int directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
    return result(mknodat(directory, name, mode, makedev(major, minor)));
}

int clinux_layer_directory(int directory, const char *name, uint32_t mode) { return result(mkdirat(directory, name, mode)); }

int clinux_layer_symlink(const char *target, int directory, const char *name) { return result(symlinkat(target, directory, name)); }

int clinux_layer_link(int from, const char *target, int directory, const char *name) {
    return result(linkat(from, target, directory, name, 0));
}

int clinux_layer_remove(int directory, const char *name, int is_directory) {
    return result(unlinkat(directory, name, is_directory ? AT_REMOVEDIR : 0));
}

int clinux_layer_chown(int directory, const char *name, uint32_t uid, uint32_t gid) {
    return result(fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int clinux_layer_chmod(int directory, const char *name, uint32_t mode) { return result(fchmodat(directory, name, mode, 0)); }

int clinux_layer_describe(int file, uint32_t uid, uint32_t gid, uint32_t mode, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_sec = seconds, .tv_nsec = nanoseconds}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    if ((uid != (uint32_t)-1 || gid != (uint32_t)-1) && fchown(file, uid, gid) < 0) return -errno;
    if (fchmod(file, mode) < 0) return -errno;
    return result(futimens(file, times));
}

int clinux_layer_touch(int directory, const char *name, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_sec = seconds, .tv_nsec = nanoseconds}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return result(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

// Attributes have no *at calls before Linux 6.13: the directory is named by its descriptor.
static int name_entry(int directory, const char *name, char *path, size_t capacity) {
    int length = snprintf(path, capacity, "/proc/self/fd/%d/%s", directory, name);
    return length < 0 || (size_t)length >= capacity ? -ENAMETOOLONG : 0;
}

int clinux_layer_setxattr(int directory, const char *name, const char *attribute, const void *value, size_t length) {
    char path[320];
    int failure = name_entry(directory, name, path, sizeof path);
    return failure ? failure : result(lsetxattr(path, attribute, value, length, 0));
}

int64_t clinux_layer_getxattr(int directory, const char *name, const char *attribute, void *value, size_t length) {
    char path[320];
    int failure = name_entry(directory, name, path, sizeof path);
    if (failure) return failure;
    ssize_t found = lgetxattr(path, attribute, value, length);
    return found < 0 ? -errno : found;
}

int clinux_layer_write(int file, const void *bytes, size_t length, int64_t offset) {
    const char *next = bytes;
    while (length > 0) {
        ssize_t count = pwrite(file, next, length, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        next += count;
        offset += count;
        length -= (size_t)count;
    }
    return 0;
}

int clinux_layer_truncate(int file, int64_t length) { return result(ftruncate(file, length)); }

int clinux_layer_begin_writeback(int file, int64_t offset, int64_t length) {
    return result(sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE));
}

int clinux_syncfs(int descriptor) { return result(syncfs(descriptor)); }

int clinux_rename_exclusively(const char *from, const char *to) {
    return result(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
}

int clinux_layer_list(int directory, void *context, int (*take)(void *context, const char *name)) {
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return -errno;
    DIR *stream = fdopendir(copy);
    if (!stream) { int failure = -errno; close(copy); return failure; }
    int failure = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (!entry) { failure = -errno; break; }
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2]))) continue;
        if (take(context, entry->d_name)) break;
    }
    closedir(stream);
    return failure;
}
