// A real registry on loopback: Debian's docker-registry.
import Foundation
import Glibc
import ServiceKit

/// Has a port and a directory of its own.
public struct RegistryUnderTest: Sendable {
    public static let user = "tester", password = "secret"
    /// `password` by bcrypt.
    private static let passwordLine = "tester:$2b$04$nyGydfiIx9oF0ijlY1vPveABST7DJIwwwAlqXi0vOrkFtthkhlF6C\n"

    public enum Kind: Sendable {
        case open, withLogin, withTLS
        /// With TLS, for those only who have the certificate `clientCertificate`.
        case withClientCertificates
    }

    /// `host:port`.
    public let address: String
    /// A name that its certificate has and nobody can look up.
    public static let name = "registry.test"
    public let directory: String

    /// The certificate that a registry with TLS has.
    public var certificate: String { "\(directory)/registry.crt" }
    public var clientCertificate: String { "\(directory)/client.cert" }
    public var clientKey: String { "\(directory)/client.key" }

    /// Runs a registry while `body` does. `host` is an address of this host.
    public static func with<R: Sendable>(
        _ kind: Kind = .open, at host: String = "127.0.0.1", _ body: @Sendable (RegistryUnderTest) async throws -> R
    ) async throws -> R {
        let program = try await DebianProgram.path("docker-registry")
        let directory = "/tmp/berth-registry-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try TCPProbe.freePort()
        let registry = RegistryUnderTest(address: "\(host):\(port)", directory: directory)
        try await registry.configure(kind, host)
        let log = open("\(directory)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(log) }
        let pid = try ChildProcess(
            path: program, arguments: ["serve", "\(directory)/config.yml"], environment: ["PATH=/usr/bin:/bin"],
            descriptors: [STDOUT_FILENO: log, STDERR_FILENO: log]
        ).spawn()
        let result: Result<R, any Error>
        do {
            try await eventually("the registry listens") {
                (try? await TCPProbe.exchange(host, port, "GET / HTTP/1.0\r\n\r\n")).map { _ in true }
            }
            result = .success(try await body(registry))
        } catch {
            result = .failure(error)
        }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return try result.get()
    }

    private func configure(_ kind: Kind, _ host: String) async throws {
        var lines = [
            "version: 0.1", "log: {level: warn}", "storage:", "  filesystem: {rootdirectory: \(directory)/data}",
            "  delete: {enabled: true}",
            "http:", "  addr: \(address)",
        ]
        switch kind {
        case .open: break
        case .withLogin:
            try Self.passwordLine.write(toFile: "\(directory)/users", atomically: true, encoding: .utf8)
            lines += ["auth:", "  htpasswd: {realm: tests, path: \(directory)/users}"]
        case .withTLS, .withClientCertificates:
            try await makeCertificate(
                "localhost", key: "\(directory)/registry.key", certificate, "subjectAltName=IP:\(host),DNS:localhost,DNS:\(Self.name)")
            var settings = "certificate: \(certificate), key: \(directory)/registry.key"
            if kind == .withClientCertificates {
                try await makeCertificate("a client", key: clientKey, clientCertificate, "extendedKeyUsage=clientAuth")
                settings += ", clientcas: [\(clientCertificate)]"
            }
            lines += ["  tls: {\(settings)}"]
        }
        try (lines.joined(separator: "\n") + "\n").write(toFile: "\(directory)/config.yml", atomically: true, encoding: .utf8)
    }

    /// One that vouches for itself.
    private func makeCertificate(_ name: String, key: String, _ path: String, _ fields: String) async throws {
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
            "-addext", fields, "-keyout", key, "-out", path,
        ]
        let result = try await Command("/usr/bin/openssl", arguments).run()
        guard result.code == 0 else { throw CommandFailure(what: "openssl", result: result) }
    }

    /// What the registry has under a path of its API.
    public func get(_ path: String) async throws -> CommandResult {
        let accept = ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"]
        return try await Command(
            "/usr/bin/curl",
            ["-sS", "-f", "-u", "\(Self.user):\(Self.password)"] + accept.flatMap { ["-H", "Accept: \($0)"] }
                + ["http://\(address)/v2/\(path)"]
        ).run()
    }
}
