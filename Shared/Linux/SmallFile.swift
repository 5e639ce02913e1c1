// Reading and writing the small files of /proc, /sys and /etc in one piece.
import CLinux
import Glibc

public enum SmallFile {
    /// The whole content. Throws EFBIG when there is more than `limit` bytes.
    public static func read(_ path: String, limit: Int = 1 << 20) throws(Errno) -> [UInt8] {
        try read(OwnedDescriptor(taking: try Errno.check(clinux_open_file(path, O_RDONLY, 0), "open \(path)")), limit: limit, name: path)
    }

    /// The same of an open file, from where it stands; `name` is for the error.
    public static func read(_ file: borrowing OwnedDescriptor, limit: Int, name: String) throws(Errno) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(file.raw, &chunk, chunk.count)
            if count == 0 { return content }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Errno(code: errno, call: "read \(name)")
            }
            content += chunk[..<count]
            guard content.count <= limit else { throw Errno(code: EFBIG, call: "read \(name)") }
        }
    }

    /// The whole content as text without the white space at its end.
    public static func text(_ path: String, limit: Int = 1 << 20) throws(Errno) -> String {
        var content = try read(path, limit: limit)
        while let last = content.last, last == 0x0a || last == 0x20 { content.removeLast() }
        return String(decoding: content, as: UTF8.self)
    }

    /// Writes `text` with one write(2), as the files of /proc, /sys and cgroups want it. The file must be there.
    public static func write(_ text: String, to path: String) throws(Errno) {
        let file = OwnedDescriptor(taking: try Errno.check(clinux_open_file(path, O_WRONLY, 0), "open \(path)"))
        var text = text
        let written = text.withUTF8 { Glibc.write(file.raw, $0.baseAddress, $0.count) }
        guard written >= 0 else { throw Errno(code: errno, call: "write \(path)") }
    }
}
