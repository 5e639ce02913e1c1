// What a restore needs to know besides CRIU's images: what of the container came from outside of it.
import CLinux
import Glibc
import Linux

struct CheckpointRecord: Codable, Equatable {
    var mounts: [ExternalMount]
    /// CRIU's names for the pipes that are the container's stdin, stdout and stderr; nil for one that was closed.
    var stdin: String?
    var stdout: String?
    var stderr: String?
    /// CRIU's names for the host's null device.
    var nulls: [String]
    /// By its inode number; nil for the host's.
    var network: UInt64?

    /// CRIU's name for the container's network namespace.
    static let networkName = "network"

    static func mountName(_ index: Int) -> String { "mount-\(index)" }

    /// Of a running container.
    /// - Parameter pid: its first process.
    static func take(of pid: Int32, processes: [Int32], plan: MountPlan) throws(RuntimeFailure) -> CheckpointRecord {
        do throws(Errno) {
            let table = try MountTable.read(of: pid)
            let root = OwnedDescriptor(taking: try Errno.check(clinux_open_path("/proc/\(pid)/root"), "open the container's root"))
            let mounts = ExternalMounts.find(in: table, plan) { ExternalMounts.place(of: $0, root: root.raw, table) }
            return CheckpointRecord(
                mounts: mounts, nulls: OpenFile.hostNulls(of: processes, in: table), network: try network(of: pid))
        } catch {
            throw RuntimeFailure(step: "checkpoint", errno: error.code, message: "\(error)")
        }
    }

    private static func network(of pid: Int32) throws(Errno) -> UInt64? {
        let (own, host) = (try inode("/proc/\(pid)/ns/net"), try inode("/proc/self/ns/net"))
        return own == host ? nil : own
    }

    private static func inode(_ path: String) throws(Errno) -> UInt64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Errno(code: errno, call: "stat \(path)") }
        return UInt64(status.st_ino)
    }
}
