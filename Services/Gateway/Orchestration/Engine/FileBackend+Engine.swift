// The file routes' backend: finds the container, and sees to it that its files hold still.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

/// The files of the engine's containers, over the image service.
struct FileFacade: FileBackend {
    let engine: ContainerEngine

    func fileStatus(in id: String, path: String, context: RPCContext) async throws -> PathStatus {
        let live = try engine.find(id).live
        return try await naming(path, id) {
            try await withFiles(of: live, context) { try await engine.images.statFile(.init(files: $0, path: path), context).pathStatus }
        }
    }

    func readFiles(in id: String, path: String, context: RPCContext) async throws -> FileDownload {
        let (record, live) = try engine.find(id)
        let work = StreamedWork<ReadFiles.Outbound> { send in
            try await withFiles(of: live, context) { files in
                try await engine.images.readFiles(.init(files: files, path: path), take: send, context)
            }
        }
        guard let status = try await naming(path, id, { try await work.next()?.status }) else {
            throw RPCError(.internalError, "the image service sent no status of \(path)")
        }
        engine.tell("archive-path", record, ["path": path])
        return FileDownload(status: status.pathStatus, bytes: ByteStream(unfolding: { try await work.next()?.bytes }))
    }

    func writeFiles(in id: String, _ options: FileWriteOptions, from bytes: UploadedBytes, context: RPCContext) async throws {
        let (record, live) = try engine.find(id)
        let user = record.config.user
        try await naming(options.path, id) {
            try await withFiles(of: live, context) { files in
                let request = WriteFiles.Request(
                    files: files, path: options.path, keepsKinds: options.keepsKinds,
                    owner: options.takesOwner && !user.isEmpty ? user : nil)
                try await engine.images.writeFiles(request, archive: bytes, context)
            }
        }
        engine.tell("extract-to-dir", record, ["path": options.path])
    }

    func export(_ id: String, context: RPCContext) async throws -> ByteStream {
        let record = try engine.store.find(id)
        try refuseGoing(record)
        let work = StreamedWork<[UInt8]> { try await engine.images.exportContainer(record.id, take: $0, context) }
        // Read here, so that a failure before it becomes the answer's status.
        let first = FirstItem(try await work.next())
        engine.tell("export", record)
        return ByteStream(unfolding: {
            if let item = first.take() { return item }
            return try await work.next()
        })
    }

    func changes(of id: String, context: RPCContext) async throws -> [PathChange] {
        let record = try engine.store.find(id)
        try refuseGoing(record)
        let changes = try await engine.actions.time(.container, "changes") { try await engine.images.listChanges(record.id, context) }
        return changes.map { PathChange(path: $0.path, kind: $0.kind.rawValue) }
    }

    private func refuseGoing(_ record: ContainerRecord) throws(RPCError) {
        switch record.state.phase {
        case .removing: throw RPCError(.conflict, "You cannot export container \(record.id) which is being removed")
        case .dead: throw RPCError(.conflict, "You cannot export container \(record.id) which is Dead")
        default: break
        }
    }

    // MARK: Containers that hold still

    /// Runs `body` with the files of a container. One that doesn't run isn't started meanwhile.
    private func withFiles<R>(
        of live: LiveContainer, _ context: RPCContext, _ body: (ContainerFiles) async throws -> R
    ) async throws -> R {
        if let process = try engine.current(live).state.process { return try await body(try files(of: live, pid: process.pid)) }
        return try await live.gate.enter {
            if let process = try engine.current(live).state.process { return try await body(try files(of: live, pid: process.pid)) }
            let record = try engine.current(live)
            // While one waits for its restart, its volumes stay mounted for that.
            guard !record.state.isActive else { return try await body(try files(of: live, pid: nil)) }
            do {
                try await engine.mountVolumes(of: record, context)
                let result = try await body(try files(of: live, pid: nil))
                try await engine.unmountVolumes(of: record)
                return result
            } catch {
                try? await engine.unmountVolumes(of: record)
                throw error
            }
        }
    }

    private func files(of live: LiveContainer, pid: Int32?) throws(RPCError) -> ContainerFiles {
        let record = try engine.current(live)
        let mounts = record.definition.resolvedMounts.filter { $0.point != nil && $0.spec.kind != .tmpfs }.map { mount in
            ContainerFiles.Mount(
                source: mount.spec.source, destination: mount.spec.destination, readonly: mount.spec.readonly, subpath: mount.spec.subpath,
                layers: mount.spec.layers)
        }
        return ContainerFiles(
            containerID: live.id, pid: pid, mounts: mounts, readonlyRoot: record.hostConfig.readonlyRootfs, idMap: record.definition.idMap)
    }

    /// Errors about a path in Docker's words.
    private func naming<R>(_ path: String, _ id: String, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as RPCError where error.details[ContainerFiles.missingFile] != nil {
            throw RPCError(.notFound, "Could not find the file \(path) in container \(id)")
        }
    }
}

extension FileStatus {
    var pathStatus: PathStatus {
        PathStatus(name: name, size: size, mode: mode, mtime: EngineTime(nanoseconds: modifiedAt), linkTarget: linkTarget)
    }
}
