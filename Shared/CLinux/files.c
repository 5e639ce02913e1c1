// Files of containers and volumes, by descriptors.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "files.h"

int clinux_file_status(int directory, const char *name, struct clinux_status *status) {
    struct stat found;
    if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) return -errno;
    status->mode = found.st_mode;
    status->uid = found.st_uid;
    status->gid = found.st_gid;
    status->links = (uint32_t)found.st_nlink;
    status->device = found.st_dev;
    status->inode = found.st_ino;
    status->size = found.st_size;
    status->blocks = found.st_blocks;
    status->modified_seconds = found.st_mtim.tv_sec;
    status->modified_nanoseconds = found.st_mtim.tv_nsec;
    status->major = major(found.st_rdev);
    status->minor = minor(found.st_rdev);
    return 0;
}

int clinux_file_open_in_root(int root, const char *path, int flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    // A rename elsewhere in the tree makes the kernel ask for another try.
    for (int tries = 0; tries < 64; tries++) {
        long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (descriptor >= 0) return (int)descriptor;
        if (errno != EAGAIN && errno != EINTR) return -errno;
    }
    return -EAGAIN;
}

int64_t clinux_file_attributes(int directory, const char *name, char *buffer, size_t capacity) {
    char path[320];
    int length = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
    ssize_t found = llistxattr(path, buffer, capacity);
    return found < 0 ? -errno : found;
}

/// One run of data. Two files on different file systems may have no common way but through memory.
static int copy_range(int from, int to, int64_t start, int64_t end) {
    char buffer[65536];
    loff_t source = start, target = start;
    while (source < end) {
        ssize_t count = copy_file_range(from, &source, to, &target, (size_t)(end - source), 0);
        if (count > 0) continue;
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) return 0;
        break;
    }
    while (source < end) {
        size_t wanted = end - source < (int64_t)sizeof buffer ? (size_t)(end - source) : sizeof buffer;
        ssize_t count = pread(from, buffer, wanted, source);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) return 0;
        for (ssize_t written = 0; written < count;) {
            ssize_t part = pwrite(to, buffer + written, (size_t)(count - written), source + written);
            if (part < 0 && errno == EINTR) continue;
            if (part < 0) return -errno;
            written += part;
        }
        source += count;
    }
    return 0;
}

int clinux_file_copy(int from, int to, int64_t size) {
    if (size == 0) return 0;
    if (ioctl(to, FICLONE, from) == 0) return 0;
    if (ftruncate(to, size) < 0) return -errno;
    for (int64_t position = 0; position < size;) {
        off_t data = lseek(from, position, SEEK_DATA);
        if (data < 0 && errno == ENXIO) return 0;
        // A file system that knows nothing of holes has data everywhere.
        int64_t start = data < 0 ? position : data;
        off_t hole = data < 0 ? -1 : lseek(from, start, SEEK_HOLE);
        int64_t end = hole < 0 || hole > size ? size : hole;
        int failure = copy_range(from, to, start, end);
        if (failure < 0) return failure;
        position = end > start ? end : start + 1;
    }
    return 0;
}

int64_t clinux_file_read(int file, void *buffer, size_t length, int64_t offset) {
    size_t filled = 0;
    while (filled < length) {
        ssize_t count = pread(file, (char *)buffer + filled, length - filled, offset + (int64_t)filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) break;
        filled += (size_t)count;
    }
    return (int64_t)filled;
}

/// Names an entry without opening it, and goes on from there: a name may stand for another file by the next call.
static int name_entry(int directory, const char *name, mode_t *type, char *path, size_t capacity) {
    int entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (entry < 0) return -errno;
    struct stat found;
    if (fstatat(entry, "", &found, AT_EMPTY_PATH) < 0) {
        int failure = -errno;
        close(entry);
        return failure;
    }
    *type = found.st_mode & S_IFMT;
    snprintf(path, capacity, "/proc/self/fd/%d", entry);
    return entry;
}

int clinux_file_open_regular(int directory, const char *name) {
    char path[64];
    mode_t type;
    int entry = name_entry(directory, name, &type, path, sizeof path);
    if (entry < 0) return entry;
    int file = type == S_IFREG ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int result = file >= 0 ? file : type == S_IFREG ? -errno : -EINVAL;
    close(entry);
    return result;
}

int clinux_file_chmod(int directory, const char *name, uint32_t mode) {
    char path[64];
    mode_t type;
    int entry = name_entry(directory, name, &type, path, sizeof path);
    if (entry < 0) return entry;
    int result = type == S_IFLNK ? -ELOOP : chmod(path, mode) < 0 ? -errno : 0;
    close(entry);
    return result;
}

int clinux_file_unmount(const char *path, int detached) {
    return umount2(path, UMOUNT_NOFOLLOW | (detached ? MNT_DETACH : 0)) < 0 ? -errno : 0;
}

int clinux_reserve_space(const char *path, int is_beyond_end, int64_t bytes) {
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    struct stat status;
    int result = fstat(descriptor, &status);
    if (result == 0) result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, is_beyond_end ? status.st_size : 0, bytes);
    if (result < 0) result = -errno;
    close(descriptor);
    return result;
}

int clinux_unnamed_file(const char *directory) {
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) file = memfd_create("unnamed", MFD_CLOEXEC);
    return file < 0 ? -errno : file;
}
