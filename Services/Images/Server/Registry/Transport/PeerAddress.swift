// Whether a certificate is that of an address, on connections through a proxy.
import NIOCore
import NIOSSL

/// The TLS library compares an address in a certificate with whom the connection is to, and through a proxy that is the proxy. So a
/// registry that is named by an address is looked at here, once its certificate's signatures are found to be good.
enum PeerAddress {
    struct Mismatch: Error, CustomStringConvertible {
        var address: String
        var description: String {
            "tls: failed to verify certificate: x509: certificate is not valid for \(address)"
        }
    }

    /// Closes the connection, and fails with `Mismatch`, unless the peer's certificate has the address.
    static func check(_ channel: any Channel, _ address: String) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
            guard let certificate, names(certificate, address) else { throw Mismatch(address: address) }
        }.flatMapErrorThrowing { error in
            channel.close(promise: nil)
            throw error
        }
    }

    static func names(_ certificate: NIOSSLCertificate, _ address: String) -> Bool {
        guard let bytes = RegistryHost.address(address) else { return false }
        return certificate._subjectAlternativeNames().contains { $0.nameType == .ipAddress && $0.contents.elementsEqual(bytes) }
    }
}
