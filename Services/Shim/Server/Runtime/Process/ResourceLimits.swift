// Docker's names for resource limits, and the kernel's numbers.
import Contracts

extension ResourceLimit {
    private static let numbers: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8, "as": 9,
        "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// RLIMIT_…, for `nofile` as for `RLIMIT_NOFILE`. nil for an unknown name.
    var number: Int32? {
        let name = name.lowercased()
        return Self.numbers[name.hasPrefix("rlimit_") ? String(name.dropFirst(7)) : name]
    }

    /// As setrlimit(2) takes them.
    var kernelValues: (soft: UInt64, hard: UInt64) { (Self.kernelValue(soft), Self.kernelValue(hard)) }

    private static func kernelValue(_ value: Int64) -> UInt64 { value < 0 ? .max : UInt64(value) }
}
