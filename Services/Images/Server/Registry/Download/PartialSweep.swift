// Keeps what is kept of unfinished downloads within bounds.
import CLinux
import Glibc
import Models

/// At start: takes away what the store has whole, what is too old, and the oldest beyond the space allowed.
struct PartialSweep: Sendable {
    let paths: StorePaths
    /// Seconds.
    let maximumAge: Int64
    /// Bytes.
    let maximumSpace: Int64
    /// Blobs of the store: an image was recorded, and its downloads not yet forgotten.
    var stored: Set<ContentDigest> = []

    private struct Kept {
        var name: String
        var size: Int64
        var modifiedAt: Int64
    }

    /// Throws `SystemError`.
    func run(now: Int64 = Int64(time(nil))) throws(SystemError) {
        var kept: [Kept] = []
        for name in try DirectoryListing.names(path: paths.partials).map({ "\($0)" }) {
            if name.hasSuffix(".state"), access("\(paths.partials)/\(name.dropLast(6))", F_OK) == 0 { continue }
            var status = stat()
            let digest = ContentDigest("sha256:\(name)")
            let isBlob = digest.map { !stored.contains($0) } ?? false && stat("\(paths.partials)/\(name)", &status) == 0
            guard isBlob, now - Int64(status.st_mtim.tv_sec) <= maximumAge else {
                remove(name)
                continue
            }
            kept.append(Kept(name: name, size: Int64(status.st_blocks) * 512, modifiedAt: Int64(status.st_mtim.tv_sec)))
        }
        var space: Int64 = 0
        for partial in kept.sorted(by: { $0.modifiedAt > $1.modifiedAt }) {
            space += partial.size
            if space > maximumSpace { remove(partial.name) }
        }
    }

    private func remove(_ name: String) {
        unlink("\(paths.partials)/\(name)")
        unlink("\(paths.partials)/\(name).state")
    }
}
