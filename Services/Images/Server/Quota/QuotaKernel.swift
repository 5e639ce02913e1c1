// What the kernel keeps of projects: which one a directory belongs to, and how much each may have.
import CLinux

/// A project's limit and use on one file system, in bytes. A limit of 0 is none.
struct ProjectUse: Sendable, Equatable {
    var limit: UInt64
    var used: UInt64
}

/// The calls, so that rules can be tried without a file system that has quotas.
protocol QuotaKernel: Sendable {
    func project(of directory: String) throws(SystemError) -> UInt32
    func setProject(of directory: String, to project: UInt32) throws(SystemError)
    func use(of project: UInt32, near directory: String) throws(SystemError) -> ProjectUse
    func setLimit(of project: UInt32, to bytes: UInt64, near directory: String) throws(SystemError)
}

struct LinuxQuota: QuotaKernel {
    func project(of directory: String) throws(SystemError) -> UInt32 {
        var project: UInt32 = 0
        let result = try Descriptor.directory(directory).use { clinux_project_get($0, &project) }
        try SystemError.check(result, "FS_IOC_FSGETXATTR", directory)
        return project
    }

    func setProject(of directory: String, to project: UInt32) throws(SystemError) {
        let result = try Descriptor.directory(directory).use { clinux_project_set($0, project) }
        try SystemError.check(result, "FS_IOC_FSSETXATTR", directory)
    }

    func use(of project: UInt32, near directory: String) throws(SystemError) -> ProjectUse {
        var use = ProjectUse(limit: 0, used: 0)
        let result = try Descriptor.directory(directory).use { clinux_quota_get($0, project, &use.limit, &use.used) }
        try SystemError.check(result, "quotactl_fd", directory)
        return use
    }

    func setLimit(of project: UInt32, to bytes: UInt64, near directory: String) throws(SystemError) {
        let result = try Descriptor.directory(directory).use { clinux_quota_set($0, project, bytes) }
        try SystemError.check(result, "quotactl_fd", directory)
    }
}
