// A limit on what lies below a directory, kept by the file system as the quota of a project.
import Glibc
import RPC

/// Nothing is recorded beside the file system: the directory knows its project, and the project its limit. A number is free when the file
/// system has neither bytes nor a limit for it, whoever else gives out numbers there.
struct ProjectQuota: Sendable {
    /// Small numbers are what administrators write into /etc/projects.
    static let numbers: Range<UInt32> = 1 << 30..<1 << 31
    private static let attempts = 64

    var kernel: any QuotaKernel = LinuxQuota()
    var number: @Sendable () -> UInt32 = { UInt32.random(in: numbers) }

    /// Limits a new directory, or sets the limit of one that has a project already. Nothing may be in it yet that is to count.
    /// Throws `RPCError` (`invalidParameter`) where the file system keeps no project quota, and `SystemError`.
    func limit(_ directory: String, bytes: Int64) throws {
        do throws(SystemError) {
            let own = try kernel.project(of: directory)
            if Self.numbers.contains(own) { return try kernel.setLimit(of: own, to: UInt64(bytes), near: directory) }
            let project = try free(near: directory)
            try kernel.setLimit(of: project, to: UInt64(bytes), near: directory)
            try kernel.setProject(of: directory, to: project)
        } catch  where Self.unsupported.contains(error.code) {
            throw RPCError(.invalidParameter, Self.advice(error))
        }
    }

    /// Forgets a directory's limit, so that its number is free when its files are gone.
    func lift(_ directory: String) throws(SystemError) {
        let own = try kernel.project(of: directory)
        guard Self.numbers.contains(own) else { return }
        try kernel.setLimit(of: own, to: 0, near: directory)
    }

    private func free(near directory: String) throws(SystemError) -> UInt32 {
        for _ in 0..<Self.attempts {
            let candidate = number()
            if try kernel.use(of: candidate, near: directory) == ProjectUse(limit: 0, used: 0) { return candidate }
        }
        throw SystemError(call: "choose a project for", path: directory, code: EBUSY)
    }

    /// No quota is kept, the file system has none, or the kernel is older than 5.14.
    private static let unsupported = [ESRCH, ENOSYS, ENOTTY, EOPNOTSUPP, EINVAL]

    private static func advice(_ error: SystemError) -> String {
        "a size needs project quota, which the file system of the engine's root doesn't keep "
            + "(\(error.call): \(SystemError.text(error.code))): mount it with the option prjquota, ext4 after 'tune2fs -O project,quota'"
    }
}
