// A kernel parameter's name, and whether a container has that parameter to itself.

/// A name as sysctl(8) reads it: `net.ipv4.ip_forward`, `net/ipv4/conf/eth0.1/forwarding`, `net.ipv4.conf.eth0/1.forwarding`.
public struct SysctlName: Sendable, Equatable {
    /// The kinds of namespace that have parameters of their own.
    public enum Namespace: Sendable { case network, ipc, uts }

    /// Names of files: none is empty, `.` or `..`, and none has a slash.
    public let parts: [String]

    /// nil for what names no file below `/proc/sys`.
    public init?(_ text: String) {
        let separator = text.first { $0 == "." || $0 == "/" } ?? "."
        // Where dots are between the parts, a slash stands for a dot inside one.
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { part in
            String(part.map { $0 == "/" ? "." : $0 })
        }
        guard parts.allSatisfy(Self.isFileName) else { return nil }
        self.parts = parts
    }

    private static func isFileName(_ part: String) -> Bool {
        !part.isEmpty && part != "." && part != ".." && !part.utf8.contains(0)
    }

    public var path: String { "/proc/sys/" + parts.joined(separator: "/") }

    /// nil for a parameter of the whole machine.
    public var namespace: Namespace? {
        switch (parts[0], parts.dropFirst().first ?? "") {
        case ("net", let part) where !part.isEmpty: .network
        case ("fs", "mqueue") where parts.count > 2: .ipc
        case ("kernel", let part) where parts.count == 2: Self.kernelNamespace(part)
        default: nil
        }
    }

    private static func kernelNamespace(_ part: String) -> Namespace? {
        switch part {
        case "sem": .ipc
        case "domainname": .uts
        default: part.hasPrefix("msg") || part.hasPrefix("shm") ? .ipc : nil
        }
    }
}
