// The running kernel's version.
import Glibc

public struct KernelRelease: Comparable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// `6.18.44-generic`, `4.8`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else { return nil }
        self.init(major: major, minor: minor)
    }

    /// 0.0 when the kernel gives a name that has no numbers.
    public static func running() -> KernelRelease {
        var names = utsname()
        guard uname(&names) == 0 else { return KernelRelease(major: 0, minor: 0) }
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return KernelRelease(release) ?? KernelRelease(major: 0, minor: 0)
    }

    public static func < (left: KernelRelease, right: KernelRelease) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }
}
