// Uploads to a repository (the distribution specification, "Push").
import AsyncHTTPClient
import Models
import NIOCore
import NIOHTTP1

extension RepositoryClient {
    /// An upload in progress.
    struct Upload: Sendable {
        var location: String
        /// Bytes that the registry has.
        var received: Int64 = 0
    }

    enum Begun: Sendable {
        /// The registry had the blob in the other repository.
        case mounted
        case upload(Upload)
    }

    /// Throws `RegistryFailure`.
    func hasBlob(_ digest: ContentDigest) async throws -> Bool {
        var request = HTTPClientRequest(url: url("blobs/\(digest)"))
        request.method = .HEAD
        return try await send(request, expecting: [200, 404]).status == .ok
    }

    /// Begins an upload, or has the registry take the blob from another of its repositories. Throws `RegistryFailure`.
    func beginUpload(of digest: ContentDigest, mountingFrom other: String?) async throws -> Begun {
        let query = other.map { "?" + FormText.encode([("mount", "\(digest)"), ("from", $0)]) } ?? ""
        var request = HTTPClientRequest(url: url("blobs/uploads/\(query)"))
        request.method = .POST
        request.headers.add(name: "Content-Length", value: "0")
        let response = try await send(request, expecting: [201, 202])
        if response.status == .created, other != nil { return .mounted }
        return .upload(Upload(location: try location(response, request.url)))
    }

    /// Sends the rest of a file. Throws `RegistryFailure`; `upload(after:)` then tells how far it went.
    func send(_ path: String, size: Int64, to upload: Upload, onRead: @escaping @Sendable (Int64) -> Void) async throws -> Upload {
        let start = upload.received
        var request = HTTPClientRequest(url: upload.location)
        request.method = .PATCH
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        if start > 0 { request.headers.add(name: "Content-Range", value: "\(start)-\(size - 1)") }
        request.body = .stream(FileBody(path: path, offset: start) { onRead(start + $0) }, length: .known(size - start))
        let response = try await send(request, expecting: [202, 204])
        return Upload(location: try location(response, request.url), received: size)
    }

    /// Asks how far an upload of so many bytes is. Throws `RegistryFailure`.
    func upload(after upload: Upload, of size: Int64) async throws -> Upload {
        let request = HTTPClientRequest(url: upload.location)
        let response = try await send(request, expecting: [204])
        let end = response.headers.first(name: "Range").flatMap { $0.split(separator: "-").last }.flatMap { Int64($0) } ?? 0
        guard end < max(1, size) else { throw RegistryFailure.content("\(request.url) has more than the \(size) bytes that were sent") }
        return Upload(location: try location(response, request.url), received: end > 0 ? end + 1 : 0)
    }

    /// Ends an upload. Throws `RegistryFailure`.
    func finish(_ upload: Upload, digest: ContentDigest) async throws {
        let query = FormText.encode([("digest", "\(digest)")])
        var request = HTTPClientRequest(url: upload.location + (upload.location.contains("?") ? "&" : "?") + query)
        request.method = .PUT
        request.headers.add(name: "Content-Length", value: "0")
        _ = try await send(request, expecting: [201])
    }

    /// Throws `RegistryFailure`.
    func putBlob(_ bytes: [UInt8], digest: ContentDigest) async throws {
        guard case .upload(let upload) = try await beginUpload(of: digest, mountingFrom: nil) else { return }
        let query = FormText.encode([("digest", "\(digest)")])
        var request = HTTPClientRequest(url: upload.location + (upload.location.contains("?") ? "&" : "?") + query)
        request.method = .PUT
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        request.body = .bytes(ByteBuffer(bytes: bytes))
        _ = try await send(request, expecting: [201])
    }

    /// Throws `RegistryFailure`.
    func putManifest(_ bytes: [UInt8], mediaType: String, as reference: String) async throws {
        var request = HTTPClientRequest(url: url("manifests/\(reference)"))
        request.method = .PUT
        request.headers.add(name: "Content-Type", value: mediaType)
        request.body = .bytes(ByteBuffer(bytes: bytes))
        _ = try await send(request, expecting: [201])
    }

    /// Asks whether the registry is there and takes these credentials. Throws `RegistryFailure`.
    func probe() async throws {
        _ = try await send(HTTPClientRequest(url: "\(endpoint)/v2/"), expecting: [200])
    }

    private func location(_ response: HTTPClientResponse, _ url: String) throws(RegistryFailure) -> String {
        guard let location = response.headers.first(name: "Location") else {
            throw .content("\(url) gave no place to upload to")
        }
        return location.hasPrefix("/") ? "\(endpoint.scheme)://\(endpoint.authority)\(location)" : location
    }
}
