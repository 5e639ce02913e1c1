// The copy of an image's files that a volume begins with: the volume has all of it or nothing, whatever ends the copying.
import CLinux
import Glibc
import ServiceKit

/// The copy is made beside the volume's data, where no container sees it, as `_fill`. Once it is whole and durable it is called `_filled`,
/// and goes into the data entry by entry: the data's directory itself may be mounted for a container already. Blocks.
struct VolumeCopyUp {
    let paths: StorePaths
    let trash: Trash
    let volume: String

    private var draft: String { "\(paths.volume(volume))/_fill" }
    private var whole: String { "\(paths.volume(volume))/_filled" }
    private var data: String { paths.volumeData(volume) }

    /// False once there is anything in the volume. Throws `SystemError`.
    var isNeeded: Bool {
        get throws(SystemError) { try DirectoryListing.names(path: data).isEmpty }
    }

    /// Throws `SystemError`.
    func run(from source: Descriptor) throws(SystemError) {
        do throws(SystemError) {
            try NewDirectory.make(draft, 0o700)
            let target = try Descriptor.directory(draft)
            var copy = TreeCopy()
            try copy.copy(source, to: target)
            FaultPoint.reach(ImageFault.volumeCopied)
            try SystemError.check(target.use { clinux_syncfs($0) }, "syncfs", draft)
            if rename(draft, whole) < 0 { throw SystemError(call: "rename", path: draft, code: errno) }
            try Descriptor.directory(paths.volume(volume)).synchronize(paths.volume(volume))
        } catch {
            try? trash.take(path: draft)
            throw error
        }
        FaultPoint.reach(ImageFault.volumeFilled)
        try moveIn()
    }

    /// Throws away a copy that isn't whole, and ends what was left of the move of one that is. Throws `SystemError`.
    func converge() throws(SystemError) {
        try trash.take(path: draft)
        if access(whole, F_OK) == 0 { try moveIn() }
    }

    private func moveIn() throws(SystemError) {
        let (from, to) = (try Descriptor.directory(whole), try Descriptor.directory(data))
        var status = clinux_status()
        try SystemError.check(from.use { clinux_file_status($0, "", &status) }, "stat", whole)
        for name in try DirectoryListing.names(from, path: whole) {
            let paths = [whole, data].map { RawPath(bytes: Array("\($0)/".utf8) + name.bytes) }
            let moved = clinux_rename_exclusively(paths[0].cString, paths[1].cString)
            // The data is on a file system of its own.
            if moved == -EXDEV { return try copyIn(from, to) }
            // What somebody has made there meanwhile stays.
            if moved != -EEXIST { try SystemError.check(moved, "rename", "\(paths[0])") }
            FaultPoint.reach(ImageFault.volumeMoved)
        }
        try TreeCopy().describe(status, ".", from, to)
        try finish(to)
    }

    /// Not again if it doesn't succeed: what is there then stays, and so does the volume's use.
    private func copyIn(_ from: Descriptor, _ to: Descriptor) throws(SystemError) {
        do throws(SystemError) {
            var copy = TreeCopy()
            try copy.copy(from, to: to)
        } catch {
            try? trash.take(path: whole)
            throw error
        }
        try finish(to)
    }

    private func finish(_ data: Descriptor) throws(SystemError) {
        try SystemError.check(data.use { clinux_syncfs($0) }, "syncfs", self.data)
        try trash.take(path: whole)
    }
}
