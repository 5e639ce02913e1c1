// What the routes about containers' files need of the engine.
import Models
import RPC

/// The files of containers, running or not. `id` is whatever the client wrote.
/// Errors: notFound for the container and the path; forbidden for what is read-only; `invalidParameter`.
public protocol FileBackend: Sendable {
    func fileStatus(in id: String, path: String, context: RPCContext) async throws -> PathStatus
    /// A tar of a file, or of a directory with all below it.
    func readFiles(in id: String, path: String, context: RPCContext) async throws -> FileDownload
    func writeFiles(in id: String, _ options: FileWriteOptions, from bytes: UploadedBytes, context: RPCContext) async throws
    /// A tar of the container's own files, without its volumes.
    func export(_ id: String, context: RPCContext) async throws -> ByteStream
    /// What the container has changed of its image.
    func changes(of id: String, context: RPCContext) async throws -> [PathChange]
}

/// Bytes in pieces, made as they are asked for.
public typealias ByteStream = AsyncThrowingStream<[UInt8], any Error>

/// A tar on its way, with the status of what it is of.
public struct FileDownload: Sendable {
    public let status: PathStatus
    public let bytes: ByteStream

    public init(status: PathStatus, bytes: ByteStream) {
        self.status = status
        self.bytes = bytes
    }
}

/// How an upload is unpacked.
public struct FileWriteOptions: Sendable, Equatable {
    public var path: String
    /// Directories and other files never replace each other.
    public var keepsKinds: Bool
    /// Everything belongs to the container's user.
    public var takesOwner: Bool

    public init(path: String, keepsKinds: Bool = false, takesOwner: Bool = false) {
        self.path = path
        self.keepsKinds = keepsKinds
        self.takesOwner = takesOwner
    }
}
