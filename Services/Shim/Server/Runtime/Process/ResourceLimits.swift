// Docker's names for resource limits, and the kernel's numbers.
import CLinux
import Contracts
import Linux

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

    /// Raises the calling process's own limit of descriptors as far as it may. Returns the limit that it had.
    static func raiseDescriptors() throws(Errno) -> ResourceLimit {
        var (soft, hard) = (UInt64(0), UInt64(0))
        try Errno.check(clinux_raise_descriptor_limit(&soft, &hard), "setrlimit")
        return ResourceLimit(name: "nofile", soft: value(soft), hard: value(hard))
    }

    private static func value(_ kernel: UInt64) -> Int64 { kernel == .max ? -1 : Int64(clamping: kernel) }

    private static func kernelValue(_ value: Int64) -> UInt64 { value < 0 ? .max : UInt64(value) }
}

extension ProcessSpec {
    /// With limits that hold where it names no other.
    func limited(by standard: [ResourceLimit]) -> ProcessSpec {
        var spec = self
        let named = Set(rlimits.map(\.number))
        spec.rlimits += standard.filter { !named.contains($0.number) }
        return spec
    }
}
