// User namespaces and mounts that show their files under other owners. All return -errno on failure.
#ifndef CLINUX_USER_NAMESPACE_H
#define CLINUX_USER_NAMESPACE_H

#include <stdint.h>

enum { CLINUX_NS_USER = 0x10000000 };

/// Makes a user namespace with these maps, each as /proc/<pid>/uid_map takes it, and returns a close-on-exec descriptor of it.
/// Unless `network` is NULL, it gets one of a network namespace that belongs to the new one. Any thread may call it.
int clinux_user_namespace(const char *users, const char *groups, int *network);

/// A user namespace that has no maps yet, and exists through a process that does nothing else.
struct clinux_held_users {
    int pid;
    /// The process ends when this is closed.
    int leash;
    /// The address of its stack.
    uintptr_t stack;
};

/// Makes one. Unless `network` is NULL, it gets a close-on-exec descriptor of a network namespace that belongs to the new one.
int clinux_hold_users(struct clinux_held_users *held, int *network);

/// Writes its maps, once and for ever, and returns a close-on-exec descriptor of the user namespace.
int clinux_map_held_users(struct clinux_held_users *held, const char *users, const char *groups);

/// Ends the process. The namespaces live on for whoever has them.
void clinux_release_held_users(struct clinux_held_users *held);

/// A descriptor of the user namespace that another namespace, held by descriptor, belongs to.
int clinux_user_namespace_of(int descriptor);

/// In a user namespace just entered: becomes its root, without supplementary groups.
int clinux_become_root(void);

/// From now on the files that the calling thread makes belong to these IDs; it keeps its capabilities.
int clinux_act_as(uint32_t uid, uint32_t gid);

/// Whom the calling process is for what asks for the effective user alone: 0 gives root its capabilities back.
int clinux_set_effective_user(uint32_t uid);

/// Shows the files of a detached mount as the user namespace maps their owners.
int clinux_mount_map_ids(int mount, int recursive, int user_namespace);

/// Makes a device node below a directory held by descriptor. `kind` is CLINUX_KIND_CHARACTER or CLINUX_KIND_BLOCK; the mode is not subject
/// to the umask.
int clinux_make_device_at(
    int directory, const char *path, int kind, uint32_t mode, uint32_t uid, uint32_t gid, uint32_t major, uint32_t minor);

/// Gives a pipe to an owner; anything else is left as it is.
int clinux_give_pipe(int descriptor, uint32_t uid, uint32_t gid);

/// Raises the hard limit of a resource, if it is lower.
int clinux_raise_resource_limit(int resource, uint64_t hard);

/// Forks a sibling: a child of the calling process's parent, with new namespaces. Returns twice, 0 in the new process. As
/// `clinux_fork_into`, for a process with one thread.
int clinux_fork_sibling(uint64_t namespaces);

#endif
