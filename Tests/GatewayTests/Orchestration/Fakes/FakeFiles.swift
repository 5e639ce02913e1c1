// The image service's access to files, in memory: every container has /etc and nothing else.
import Contracts
import RPC

@testable import GatewayOrchestration

extension FakeImages {
    private func status(_ request: StatFile.Request) throws -> FileStatus {
        let pid = request.files.pid.map(String.init) ?? "-"
        try world.call("images.file \(request.path) pid=\(pid) mounts=\(request.files.mounts.map(\.destination))")
        guard request.path == "/etc" else {
            throw RPCError(.notFound, "no such file", details: [ContainerFiles.missingFile: request.path])
        }
        return FileStatus(name: "etc", size: 1, mode: 0o040755, modifiedAt: 0, linkTarget: "")
    }

    func statFile(_ request: StatFile.Request, _ context: RPCContext) async throws -> FileStatus { try status(request) }

    func readFiles(
        _ request: StatFile.Request, take: @escaping @Sendable (ReadFiles.Outbound) async throws -> Void, _ context: RPCContext
    ) async throws {
        try await take(.init(status: try status(request)))
        while true { try await take(.init(bytes: [1, 2, 3])) }
    }

    func writeFiles(_ request: WriteFiles.Request, archive: ArchiveSource, _ context: RPCContext) async throws {
        try world.call("images.write owner=\(request.owner ?? "-") readonly=\(request.files.readonlyRoot)")
        for try await _ in archive {}
    }

    func exportContainer(_ id: String, take: @escaping ByteSink, _ context: RPCContext) async throws {
        try world.call("images.export")
        try await take([1])
    }

    func listChanges(_ id: String, _ context: RPCContext) async throws -> [FileChange] {
        [FileChange(path: "/gone", kind: .deleted)]
    }
}
