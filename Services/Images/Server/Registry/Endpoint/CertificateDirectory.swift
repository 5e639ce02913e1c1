// The certificates that users put down for a registry, as Docker reads them.
import Glibc
import NIOSSL

/// `certs.d/host:port`: `*.crt` are authorities, `x.cert` and `x.key` are the client's.
struct CertificateDirectory: Sendable {
    let path: String

    /// What TLS with an endpoint is to be like. Throws `RegistryFailure.certificates` for files that can't be used.
    func configuration(for endpoint: RegistryEndpoint) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !endpoint.verifiesPeer { configuration.certificateVerification = .none }
        let directory = "\(path)/\(endpoint.authority)"
        guard access(directory, F_OK) == 0 else { return configuration }
        let names = try DirectoryListing.names(path: directory).map { "\($0)" }.sorted()
        for name in names {
            let file = "\(directory)/\(name)"
            do {
                if name.hasSuffix(".crt") {
                    configuration.additionalTrustRoots.append(.certificates(try NIOSSLCertificate.fromPEMFile(file)))
                } else if name.hasSuffix(".cert") {
                    try addClient(file, key: "\(directory)/\(name.dropLast(5)).key", to: &configuration)
                } else if name.hasSuffix(".key"), !names.contains("\(name.dropLast(4)).cert") {
                    throw RegistryFailure.certificates("missing client certificate \(name.dropLast(4)).cert for key \(name)")
                }
            } catch let error as NIOSSLError {
                throw RegistryFailure.certificates("\(file) can't be read: \(error)")
            }
        }
        return configuration
    }

    private func addClient(_ file: String, key: String, to configuration: inout TLSConfiguration) throws {
        guard access(key, F_OK) == 0 else {
            throw RegistryFailure.certificates(
                "missing key \(key) for client certificate \(file). CA certificates must use the extension .crt")
        }
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
    }
}
