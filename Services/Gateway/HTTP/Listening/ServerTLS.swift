// TLS for TCP: which certificate the server shows, and whose clients it serves.
import Glibc
import NIOCore
import NIOSSL

/// Files in PEM form.
public struct ServerTLS: Sendable, Equatable {
    public var certificate: String
    public var key: String
    /// Clients must show a certificate signed by one of these; nil serves any client.
    public var clientAuthority: String?

    public init(certificate: String, key: String, clientAuthority: String?) {
        self.certificate = certificate
        self.key = key
        self.clientAuthority = clientAuthority
    }

    /// Errors: `ListenError` for files that can't be read or don't belong together.
    func context() throws -> NIOSSLContext {
        for (name, path) in [("tlscert", certificate), ("tlskey", key), ("tlscacert", clientAuthority ?? certificate)]
        where access(path, R_OK) != 0 {
            throw ListenError("\(name): can't read \(path)", code: errno, advice: "hand it over by LoadCredential= of the unit")
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            if let clientAuthority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clientAuthority))
                configuration.certificateVerification = .noHostnameVerification
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ListenError("TLS can't be set up with \(certificate) and \(key): \(error)")
        }
    }
}
