// The disk space of trees, counted as du counts it.
import CLinux
import Glibc

/// Adds up the blocks that files and directories take, each file once however many names it has in all trees that are asked about.
/// Other file systems that are mounted below aren't entered. Blocks. One thread at a time.
struct DiskSpace {
    private let device: UInt64
    private var counted: Set<UInt64> = []
    private static let blockSize: Int64 = 512

    /// `root` is a directory on the file system that counts. Throws `SystemError`.
    init(root: String) throws(SystemError) {
        var status = clinux_status()
        let directory = try Descriptor.directory(root)
        try SystemError.check(directory.use { clinux_file_status($0, "", &status) }, "stat", root)
        device = status.device
    }

    /// Bytes of a file or a whole tree; 0 when it has gone, or goes away meanwhile.
    mutating func bytes(of name: RawPath, in parent: Descriptor, path: String) throws(SystemError) -> Int64 {
        var total = own(name, in: parent)
        let opened = parent.use { clinux_layer_read($0, name.cString, 1) }
        if opened < 0 { return total }
        let root = Descriptor(owning: opened)
        guard isHere(root) else { return 0 }
        var pending: [RawPath] = ["."]
        while let next = pending.popLast() {
            let opened = root.use { clinux_layer_open($0, next.cString) }
            if opened < 0 { continue }
            let directory = Descriptor(owning: opened)
            guard isHere(directory) else { continue }
            for name in try DirectoryListing.names(directory, path: path) {
                total += own(name, in: directory) { pending.append(RawPath(bytes: next.bytes + [UInt8(ascii: "/")] + name.bytes)) }
            }
        }
        return total
    }

    /// What an entry takes itself, without what is in it.
    mutating func own(_ name: RawPath, in directory: Descriptor, ifDirectory: () -> Void = {}) -> Int64 {
        var status = clinux_status()
        guard directory.use({ clinux_file_status($0, name.cString, &status) }) == 0, status.device == device else { return 0 }
        if status.mode & S_IFMT == S_IFDIR {
            ifDirectory()
        } else if status.links > 1, !counted.insert(status.inode).inserted {
            return 0
        }
        return status.blocks * Self.blockSize
    }

    private func isHere(_ directory: Descriptor) -> Bool {
        var status = clinux_status()
        return directory.use { clinux_file_status($0, "", &status) } == 0 && status.device == device
    }
}
