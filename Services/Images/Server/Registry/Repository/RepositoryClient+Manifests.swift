// Manifests, tags and small blobs of a repository.
import AsyncHTTPClient
import FoundationEssentials
import Models
import NIOCore
import NIOHTTP1

extension RepositoryClient {
    /// Bytes of a list of tags, or of a manifest's head.
    private static let documentLimit = 8 << 20
    /// Pages of a list of tags.
    private static let maximumPages = 1000

    /// Fetches by tag or digest; a digest is verified. Throws `RegistryFailure`.
    func manifest(_ reference: String, limit: Int64) async throws -> FetchedManifest {
        var request = HTTPClientRequest(url: url("manifests/\(reference)"))
        for type in FetchedManifest.accepted { request.headers.add(name: "Accept", value: type) }
        let response = try await send(request, expecting: [200], patience: endpoint.isMirror ? RegistryTransport.mirrorPatience : nil)
        let bytes = try await collect(response, request.url, limit: limit)
        let digest = ContentDigest(of: bytes)
        if let wanted = ContentDigest(reference), wanted != digest {
            throw RegistryFailure.content("manifest verification failed for digest \(wanted)")
        }
        let type = response.headers.first(name: "Content-Type").map { String($0.prefix { $0 != ";" }) } ?? ""
        return FetchedManifest(bytes: bytes, mediaType: ManifestKind.mediaType(header: type, bytes), digest: digest)
    }

    /// A blob that fits in memory, verified. Throws `RegistryFailure`.
    func smallBlob(_ descriptor: OCIDescriptor, limit: Int64) async throws -> [UInt8] {
        guard (0...limit).contains(descriptor.size) else {
            let fault = descriptor.size < 0 ? "which can't be" : "more than \(limit)"
            throw RegistryFailure.content("\(descriptor.digest) has \(descriptor.size) bytes, \(fault)")
        }
        let request = HTTPClientRequest(url: url("blobs/\(descriptor.digest)"))
        let bytes = try await collect(try await send(request, expecting: [200]), request.url, limit: descriptor.size)
        guard bytes.count == descriptor.size, ContentDigest(of: bytes) == descriptor.digest else {
            throw RegistryFailure.content("image config verification failed for digest \(descriptor.digest)")
        }
        return bytes
    }

    /// Every tag, page by page. Throws `RegistryFailure`.
    func tags() async throws -> [String] {
        struct Page: Decodable { var tags: [String]? }
        var tags: [String] = []
        var next: String? = url("tags/list")
        for _ in 0..<Self.maximumPages {
            guard let address = next else { break }
            let response = try await send(HTTPClientRequest(url: address), expecting: [200])
            let bytes = try await collect(response, address, limit: Int64(Self.documentLimit))
            guard let page = try? JSONDecoder().decode(Page.self, from: Data(bytes)) else {
                throw RegistryFailure.content("the registry \(endpoint) gave no list of tags")
            }
            tags += page.tags ?? []
            next = response.headers.first(name: "Link").flatMap(nextPage)
        }
        return tags
    }

    /// `</v2/x/tags/list?last=b&n=2>; rel="next"`.
    private func nextPage(_ link: String) -> String? {
        guard link.contains("rel=\"next\""), let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">") else { return nil }
        let target = String(link[link.index(after: start)..<end])
        return target.hasPrefix("/") ? "\(endpoint.scheme)://\(endpoint.authority)\(target)" : target
    }

    private func collect(_ response: HTTPClientResponse, _ url: String, limit: Int64) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: Int(limit)).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw RegistryFailure.content("\(url) has more than \(limit) bytes")
        } catch {
            throw RegistryTransport.failure(error, method: "GET", url: url)
        }
    }
}
