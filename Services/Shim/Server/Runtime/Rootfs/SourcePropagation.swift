// Whether what is mounted on the host after the start can reach a container through a bind, or the other way, as was asked for.
import Glibc
import Linux

/// The mount that a path is on, as far as propagation goes.
struct SourcePropagation: Equatable {
    var mountPoint: String
    var isShared: Bool
    var isSlave: Bool

    /// Docker's rule: only from a shared mount can a bind be shared, and only from one that gets anything can it be a slave.
    static func check(_ bind: BindMount) throws(RuntimeFailure) {
        guard bind.propagation != .private, let real = realpath(bind.source, nil) else { return }
        defer { free(real) }
        let path = String(cString: real)
        let info: String
        do throws(Errno) { info = try SmallFile.text("/proc/self/mountinfo", limit: 16 << 20) } catch { return }
        guard let mount = find(path, mountInfo: info) else { return }
        let isEnough = mount.isShared || (bind.propagation == .slave && mount.isSlave)
        guard !isEnough else { return }
        let kind = bind.propagation == .slave ? "shared or slave" : "shared"
        throw RuntimeFailure(
            step: "mount", errno: 0, message: "path \(path) is mounted on \(mount.mountPoint) but it is not a \(kind) mount")
    }

    /// The last of the mounts at the longest place above the path.
    static func find(_ path: String, mountInfo: String) -> SourcePropagation? {
        var found: SourcePropagation?
        for line in mountInfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-") else { continue }
            let place = unescaped(fields[4])
            let isAbove = path == place || place == "/" || path.hasPrefix(place + "/")
            guard isAbove, place.utf8.count >= found?.mountPoint.utf8.count ?? 0 else { continue }
            let tags = fields[6..<dash]
            found = SourcePropagation(
                mountPoint: place, isShared: tags.contains { $0.hasPrefix("shared:") },
                isSlave: tags.contains { $0.hasPrefix("master:") })
        }
        return found
    }

    /// The kernel writes a space as `\040`.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
