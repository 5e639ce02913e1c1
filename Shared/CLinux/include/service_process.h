// Starting and confining a service's process: what posix_spawn(3) and prctl(2) offer to GNU programs only.
#pragma once

#include <spawn.h>
#include <sys/types.h>

/// The flag of posix_spawnattr_setflags(3) for a session of the child's own.
short berth_spawn_flag_session(void);

/// Closes all descriptors from `first` on in the child. Returns 0 or -errno.
int berth_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/// Has the kernel send `signal` to this process when its parent ends; kept over exec. Returns 0 or -errno.
int berth_signal_on_parent_exit(int signal);

/// Becomes an unprivileged user for good: supplementary groups, all ids, an empty bounding set, and no way to gain privileges.
/// Returns 0 or -errno; after a failure the process must not go on.
int berth_become_user(uid_t uid, gid_t gid);
