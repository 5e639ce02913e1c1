// Fetches an archive that is to be imported from wherever the user says it is.
import AsyncHTTPClient
import FoundationEssentials
import Models
import NIOCore
import NIOHTTP1
import RPC

struct ArchiveDownload: Sendable {
    let access: RegistryAccess
    /// With its scheme.
    let url: String

    /// Bytes of a refusal that are told.
    private static let refusalLimit = 4096

    /// Without a scheme, HTTP is meant. Throws `RPCError` (`invalidParameter`).
    init(_ source: String, access: RegistryAccess) throws(RPCError) {
        self.access = access
        url = source.contains("://") ? source : "http://\(source)"
        guard Self.endpoint(url) != nil, !source.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7f }),
            URL(string: url)?.host()?.isEmpty == false
        else {
            throw RPCError(.invalidParameter, "\(source) is no URL that an archive can be fetched from")
        }
    }

    private static func endpoint(_ url: String) -> RegistryEndpoint? {
        var endpoint = RegistryEndpoint(mirror: String(url.prefix { $0 != "?" && $0 != "#" }))
        endpoint?.isMirror = false
        return endpoint
    }

    /// Returns the archive once it begins to come. Throws `RegistryFailure`, and `RPCError` for a refusal.
    func begin() async throws -> AsyncMapSequence<HTTPClientResponse.Body, [UInt8]> {
        guard let endpoint = Self.endpoint(url) else { throw RPCError(.invalidParameter, "\(url) is no URL") }
        var request = HTTPClientRequest(url: url)
        request.tlsConfiguration = try access.transport.tls(for: endpoint)
        let response = try await access.transport.send(request, to: endpoint)
        guard response.status.code < 400 else {
            let body = try? await response.body.collect(upTo: Self.refusalLimit)
            let words = body.map { ": " + String(decoding: $0.readableBytesView, as: UTF8.self) } ?? ""
            let status = "\(response.status.code) \(response.status.reasonPhrase)"
            throw RPCError(Self.code(response.status), "failed to GET \(url) with status \(status)\(words)")
        }
        return response.body.map { Array($0.readableBytesView) }
    }

    private static func code(_ status: HTTPResponseStatus) -> RPCError.Code {
        switch status {
        case .notFound: .notFound
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .badRequest: .invalidParameter
        default: .internalError
        }
    }
}
