// What control groups need beyond files: device programs, out-of-memory notices, directory listing. All return -errno on failure.
#ifndef CLINUX_GROUPS_H
#define CLINUX_GROUPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Loads `count` eBPF instructions of 8 bytes as a device filter and attaches it to a cgroup v2 directory, beside those that are there.
int clinux_attach_device_program(int cgroup, const void *instructions, uint32_t count);

/// A non-blocking, close-on-exec event counter.
int clinux_eventfd(void);
/// A non-blocking, close-on-exec inotify instance that watches a file for changes.
int clinux_watch_changes(const char *path);
/// Reads away whatever is there to read.
void clinux_drain(int descriptor);

/// Sets a mark on a cgroup directory that only root can see or set, and tells whether it is there (1 or 0).
int clinux_mark_directory(const char *path, const char *name);
int clinux_is_marked(const char *path, const char *name);

/// Calls `take` with the name and d_type of each entry but `.` and `..`, until it returns non-zero.
int clinux_list_directory(const char *path, void *context, int (*take)(void *context, const char *name, int type));

#endif
