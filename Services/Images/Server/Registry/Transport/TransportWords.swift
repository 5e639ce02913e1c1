// Failures of connections in Docker's words.
import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

enum TransportWords {
    private static let unconnected: Set<Int32> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EACCES, EADDRNOTAVAIL]

    /// `url`: what was asked for.
    static func text(_ error: any Error, url: String = "") -> String {
        switch error {
        case let error as IOError where unconnected.contains(error.errnoCode):
            let place = url.split(separator: "/").dropFirst().first.map { " \($0)" } ?? ""
            return "dial tcp\(place): connect: \(SystemError.text(error.errnoCode).lowercased())"
        default: return other(error)
        }
    }

    private static func other(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError: connection(error)
        case let error as IOError: "read: \(SystemError.text(error.errnoCode).lowercased())"
        case let error as HTTPClientError: client(error)
        case let error as NIOSSLError: tls(error)
        case let error as NIOSSLExtraError: "tls: failed to verify certificate: \(error)"
        case ChannelError.connectTimeout: "dial tcp: i/o timeout"
        case is HTTPParserError: "unexpected EOF"
        case is ChannelError, is BoringSSLError: "tls: \(error)"
        default: "\(error)"
        }
    }

    private static func connection(_ error: NIOConnectionError) -> String {
        let place = "\(error.host):\(error.port)"
        if let cause = error.connectionErrors.first?.error {
            guard let failure = cause as? IOError else { return "dial tcp \(place): \(text(cause))" }
            return "dial tcp \(place): connect: \(SystemError.text(failure.errnoCode).lowercased())"
        }
        return "dial tcp: lookup \(error.host): no such host"
    }

    private static func client(_ error: HTTPClientError) -> String {
        switch error {
        case .remoteConnectionClosed: "unexpected EOF"
        case .connectTimeout: "dial tcp: i/o timeout"
        case .deadlineExceeded: "net/http: request canceled while waiting for the answer's headers"
        case .readTimeout: "read: i/o timeout"
        default: error.shortDescription
        }
    }

    private static func tls(_ error: NIOSSLError) -> String {
        let details = "\(error)"
        if details.contains("WRONG_VERSION_NUMBER") { return "http: server gave HTTP response to HTTPS client" }
        if details.contains("CERTIFICATE_VERIFY_FAILED") {
            return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        }
        return "remote error: tls: \(details)"
    }
}
