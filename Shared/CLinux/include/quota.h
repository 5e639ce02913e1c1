// Project quota: limits for all files below a directory. All return -errno on failure.
#pragma once
#include <stdint.h>

// The project that a directory's new files belong to.
int clinux_project_get(int directory, uint32_t *project);
// Gives a directory, which should be empty, and all that is made below it from now on, to a project.
int clinux_project_set(int directory, uint32_t project);

// What a project may have on the directory's file system and what it has, in bytes; a limit of 0 is none. ESRCH where no quota is kept.
int clinux_quota_get(int directory, uint32_t project, uint64_t *limit, uint64_t *used);
// Bytes are rounded up to 1024.
int clinux_quota_set(int directory, uint32_t project, uint64_t limit);
