// Project quota: see the header for the contracts.
#include "quota.h"
#include <errno.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

static const uint64_t block = 1024;

int clinux_project_get(int directory, uint32_t *project) {
    struct fsxattr attributes;
    if (ioctl(directory, FS_IOC_FSGETXATTR, &attributes) < 0) return -errno;
    *project = attributes.fsx_projid;
    return 0;
}

int clinux_project_set(int directory, uint32_t project) {
    struct fsxattr attributes;
    if (ioctl(directory, FS_IOC_FSGETXATTR, &attributes) < 0) return -errno;
    attributes.fsx_projid = project;
    attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    return ioctl(directory, FS_IOC_FSSETXATTR, &attributes) < 0 ? -errno : 0;
}

static int quota(int directory, int command, uint32_t project, struct if_dqblk *record) {
    return syscall(SYS_quotactl_fd, directory, QCMD(command, PRJQUOTA), project, record) < 0 ? -errno : 0;
}

int clinux_quota_get(int directory, uint32_t project, uint64_t *limit, uint64_t *used) {
    struct if_dqblk record;
    memset(&record, 0, sizeof record);
    int result = quota(directory, Q_GETQUOTA, project, &record);
    // XFS has no record of a project that it never saw.
    if (result == -ENOENT) result = 0;
    *limit = record.dqb_bhardlimit * block;
    *used = record.dqb_curspace;
    return result;
}

int clinux_quota_set(int directory, uint32_t project, uint64_t limit) {
    struct if_dqblk record;
    memset(&record, 0, sizeof record);
    record.dqb_bhardlimit = (limit + block - 1) / block;
    record.dqb_bsoftlimit = record.dqb_bhardlimit;
    record.dqb_valid = QIF_BLIMITS;
    return quota(directory, Q_SETQUOTA, project, &record);
}
