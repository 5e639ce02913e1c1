// A registry on loopback that misbehaves as it is told, and remembers what it was asked.
import Foundation
@testable import ImagesServer
import Models
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves what is put into it, over HTTP/1.1 without TLS.
final class FaultyRegistry: Sendable {
    /// How the next answers go wrong.
    struct Faults: Sendable {
        /// The connection is cut after so many bytes of a blob's body, once for each entry.
        var cuts: [Int] = []
        /// Answers of this status come first, once for each entry.
        var refusals: [(status: Int, retryAfter: String?)] = []
        var ignoresRanges = false
        /// A blob's bytes are changed, in so many answers.
        var corruptions = 0
        /// Blobs claim so many more bytes than they have.
        var extraLength = 0
        /// No answer for a blob goes beyond this many bytes; the connection stays open.
        var stallsAt: Int?
        /// `user:password` that Basic authorization wants.
        var login: String?
        /// Tokens are wanted, of the registry's own token service.
        var wantsToken = false
        /// What the token service gives to those who log in, and takes for a token from then on.
        var identity: String?
    }

    struct Content: Sendable {
        var bytes: [UInt8]
        var mediaType: String
    }

    struct Seen: Sendable, Equatable {
        var method: String
        var path: String
        var range: String?
        var authorization: String?
        var query = ""
        var body = ""
    }

    private struct State {
        var blobs: [String: [UInt8]] = [:]
        var manifests: [String: Content] = [:]
        var faults = Faults()
        /// By whole paths.
        var answers: [String: FaultyAnswer] = [:]
        var seen: [Seen] = []
        var sentBlobBytes = 0
        var address = ""
    }

    private let state = Mutex(State())

    /// `127.0.0.1:port`.
    var address: String { state.withLock { $0.address } }
    var seen: [Seen] { state.withLock { $0.seen } }
    /// Bytes of blobs that went out, cut ones included.
    var sentBlobBytes: Int { state.withLock { $0.sentBlobBytes } }

    func misbehave(_ change: (inout Faults) -> Void) { state.withLock { change(&$0.faults) } }

    /// Runs a registry while `body` does.
    static func with<R: Sendable>(_ body: @Sendable (FaultyRegistry) async throws -> R) async throws -> R {
        let registry = FaultyRegistry()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FaultyRegistryHandler(registry))
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        registry.state.withLock { $0.address = "127.0.0.1:\(channel.localAddress?.port ?? 0)" }
        let result: Result<R, any Error>
        do { result = .success(try await body(registry)) } catch { result = .failure(error) }
        try await channel.close()
        return try result.get()
    }

    /// Puts a file at a path of its own.
    func file(_ path: String, _ bytes: [UInt8]) { say(path, FaultyAnswer(body: bytes)) }

    /// Answers a path always alike, once the request is authorized.
    func say(_ path: String, _ answer: FaultyAnswer) { state.withLock { $0.answers[path] = answer } }

    /// Puts a blob, and returns what a manifest says of it.
    @discardableResult
    func blob(_ bytes: [UInt8], _ mediaType: String) -> OCIDescriptor {
        let digest = ContentDigest(of: bytes)
        state.withLock { $0.blobs[digest.description] = bytes }
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    }

    /// Puts a manifest under its digest and names.
    @discardableResult
    func manifest(_ bytes: [UInt8], _ mediaType: String, _ names: String...) -> OCIDescriptor {
        let digest = ContentDigest(of: bytes)
        state.withLock { state in
            for name in names + [digest.description] { state.manifests[name] = Content(bytes: bytes, mediaType: mediaType) }
        }
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    }

    /// Puts a whole image.
    @discardableResult
    func image(_ image: TestImage, _ format: Compressed.Format = .gzip, _ names: String...) throws -> OCIDescriptor {
        let layers = try image.layers.map { blob(try Compressed.bytes($0, format), OCIMediaType.layerGzip) }
        let manifest = OCIManifest(config: blob(image.config, OCIMediaType.config), layers: layers)
        var descriptor = self.manifest(Array(try JSONEncoder().encode(manifest)), OCIMediaType.manifest)
        state.withLock { state in
            for name in names { state.manifests[name] = state.manifests[descriptor.digest.description] }
        }
        descriptor.platform = image.platform
        return descriptor
    }
}

/// What is to be sent.
struct FaultyAnswer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Bytes of the body after which the connection is cut.
    var cutsAfter: Int?
    /// Bytes of the body after which nothing more comes.
    var stallsAfter: Int?
    var announcedLength: Int?
}

extension FaultyRegistry {
    /// Decides about a request.
    func answer(_ seen: Seen) -> FaultyAnswer {
        state.withLock { state in
            state.seen.append(seen)
            if seen.path.hasPrefix("/token") { return Self.token(seen, state.faults.identity) }
            if let refusal = Self.authorization(seen, state) { return refusal }
            if let answer = state.answers[seen.path] { return answer }
            if !state.faults.refusals.isEmpty {
                let refusal = state.faults.refusals.removeFirst()
                return FaultyAnswer(status: refusal.status, headers: refusal.retryAfter.map { [("Retry-After", $0)] } ?? [])
            }
            let parts = seen.path.split(separator: "/").map(String.init)
            guard parts.count >= 4 else { return FaultyAnswer() }
            switch parts[parts.count - 2] {
            case "manifests": return Self.manifest(parts[parts.count - 1], state)
            case "blobs": return Self.blob(parts[parts.count - 1], seen, &state)
            case "tags": return FaultyAnswer(body: Array("{\"tags\":[\(Self.tags(state))]}".utf8))
            default: return FaultyAnswer(status: 404)
            }
        }
    }

    private static func token(_ seen: Seen, _ identity: String?) -> FaultyAnswer {
        if seen.method == "POST" {
            let isKnown = identity.map { seen.body.split(separator: "&").contains("refresh_token=\($0)") } ?? false
            guard isKnown, seen.body.contains("grant_type=refresh_token") else { return FaultyAnswer(status: 401) }
            return FaultyAnswer(body: Array(#"{"access_token":"let-me-in","expires_in":300}"#.utf8))
        }
        let lasting = seen.query.contains("offline_token=true") ? identity.map { #","refresh_token":"\#($0)""# } ?? "" : ""
        return FaultyAnswer(body: Array(#"{"token":"let-me-in","expires_in":300\#(lasting)}"#.utf8))
    }

    private static func tags(_ state: State) -> String {
        state.manifests.keys.filter { !$0.contains(":") }.sorted().map { "\"\($0)\"" }.joined(separator: ",")
    }

    private static func authorization(_ seen: Seen, _ state: State) -> FaultyAnswer? {
        if state.faults.wantsToken, seen.authorization != "Bearer let-me-in" {
            let challenge = "Bearer realm=\"http://\(state.address)/token\",service=\"fake\",scope=\"repository:x:pull\""
            return FaultyAnswer(status: 401, headers: [("WWW-Authenticate", challenge)])
        }
        if let login = state.faults.login, seen.authorization != "Basic " + Data(login.utf8).base64EncodedString() {
            return FaultyAnswer(status: 401, headers: [("WWW-Authenticate", "Basic realm=\"fake\"")])
        }
        return nil
    }

    private static func manifest(_ name: String, _ state: State) -> FaultyAnswer {
        guard let manifest = state.manifests[name] else {
            return FaultyAnswer(
                status: 404, body: Array(#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}}]}"#.utf8))
        }
        return FaultyAnswer(headers: [("Content-Type", manifest.mediaType)], body: manifest.bytes)
    }

    private static func blob(_ name: String, _ seen: Seen, _ state: inout State) -> FaultyAnswer {
        guard var bytes = state.blobs[name] else { return FaultyAnswer(status: 404) }
        if state.faults.corruptions > 0, bytes.count > 600 {
            state.faults.corruptions -= 1
            bytes[bytes.count / 2] ^= 0x55
        }
        var answer = FaultyAnswer(body: bytes)
        if let range = seen.range, !state.faults.ignoresRanges, let start = Int(range.dropFirst("bytes=".count).prefix { $0 != "-" }) {
            answer.status = 206
            answer.headers = [("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")]
            answer.body = Array(bytes[start...])
        }
        if bytes.count > 600, !state.faults.cuts.isEmpty { answer.cutsAfter = state.faults.cuts.removeFirst() }
        if bytes.count > 600 { answer.stallsAfter = state.faults.stallsAt }
        if state.faults.extraLength > 0, bytes.count > 600 { answer.announcedLength = answer.body.count + state.faults.extraLength }
        state.sentBlobBytes += min(answer.body.count, answer.cutsAfter ?? .max, answer.stallsAfter ?? .max)
        return answer
    }
}
