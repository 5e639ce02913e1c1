// Looks at and sends the files of a container.
import Contracts
import RPC

struct FileReading: Sendable {
    let root: ContainerRoot
    let path: FilePath

    init(_ request: StatFile.Request, store: ImageStore) {
        root = ContainerRoot(store: store, files: request.files)
        path = FilePath(request.path)
    }

    func status() async throws -> FileStatus {
        try await root.run { [path] in try $0.status(of: path) }
    }

    /// First the status, then the bytes of a tar.
    func send(_ send: @escaping @Sendable (ReadFiles.Outbound) async throws -> Void) async throws {
        let bytes = OutboundBytes { try await send(.init(bytes: $0)) }
        try await root.run { [path] lookup in
            let found = try lookup.find(path)
            let status = try lookup.status(of: path)
            try OutboundBytes { _ in try await send(.init(status: status)) }.write([])
            let writer = try TarWriter(bytes.write)
            var archiver = TreeArchiver(writer, idMap: lookup.idMap)
            archiver.emptied = lookup.pseudoDevices
            try archiver.add(found.name, of: found.directory, as: path.name)
            try writer.finish()
        }
    }
}
