// Reads a container's limits from its control group, of either version.
import Foundation
import Testing

enum CgroupFiles {
    /// Quota and period in microseconds.
    static func cpuLimit(parent: String, id: String) throws -> (quota: Int, period: Int) {
        let legacy = "/sys/fs/cgroup/cpu\(parent)/\(id)"
        if FileManager.default.fileExists(atPath: legacy) {
            return (try number("\(legacy)/cpu.cfs_quota_us"), try number("\(legacy)/cpu.cfs_period_us"))
        }
        let fields = try String(contentsOfFile: "/sys/fs/cgroup\(parent)/\(id)/cpu.max", encoding: .utf8).split(
            whereSeparator: \.isWhitespace)
        return (try #require(fields.first.flatMap { Int($0) }), try #require(fields.last.flatMap { Int($0) }))
    }

    private static func number(_ path: String) throws -> Int {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
