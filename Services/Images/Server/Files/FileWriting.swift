// Unpacks an uploaded tar into a directory of a container.
import CLinux
import Contracts
import Glibc
import RPC

struct FileWriting: Sendable {
    let root: ContainerRoot
    let request: WriteFiles.Request
    let limits: IngestLimits

    init(_ request: WriteFiles.Request, store: ImageStore, limits: IngestLimits) {
        root = ContainerRoot(store: store, files: request.files)
        self.request = request
        self.limits = limits
    }

    /// Reads the archive from `pipe` to its end. What was unpacked before a failure stays, as with dockerd.
    func run(_ pipe: BoundedPipe) async throws {
        try await withTaskCancellationHandler {
            try await root.run { [self] lookup in
                defer { pipe.abandon() }
                try unpack(pipe, lookup)
            }
        } onCancel: {
            pipe.finish(.failure(CancellationError()))
        }
    }

    private func unpack(_ pipe: BoundedPipe, _ lookup: FileLookup) throws {
        let target = try lookup.evaluate(FilePath(request.path).components)
        try checkTarget(target, lookup)
        try checkWritable(target)
        let owner = try request.owner.map { try AccountLookup(lookup: lookup).owner($0) }
        let peeked = try PeekedSource(pipe, count: Compression.prefixLength)
        let compressed = CountSource(peeked)
        let plain = LimitSource(
            try Compression(prefix: peeked.prefix).decompress(compressed), compressed: compressed,
            maximumSize: limits.maximumArchiveSize, limits: limits)
        var writer = TreeWriter(
            root: lookup.root, base: FilePath.path(target), keepsKinds: request.keepsKinds, owner: owner,
            maximumEntries: limits.maximumEntries, idMap: lookup.idMap)
        try writer.unpack(TarReader(plain))
        try plain.drain()
        try compressed.drain()
    }

    private func checkTarget(_ target: [RawPath], _ lookup: FileLookup) throws {
        let found = try lookup.find(FilePath(FilePath.path(target).description))
        guard found.isDirectory else { throw RPCError(.invalidParameter, "extraction point is not a directory") }
    }

    /// Throws forbidden in Docker's words.
    private func checkWritable(_ target: [RawPath]) throws(RPCError) {
        let mount = request.files.mounts.last { FilePath.isBelow(target, FilePath.clean(Array($0.destination.utf8))) }
        if let mount {
            if mount.readonly { throw RPCError(.forbidden, "mounted volume is marked read-only") }
        } else if request.files.readonlyRoot {
            throw RPCError(.forbidden, "container rootfs is marked read-only")
        }
    }
}
