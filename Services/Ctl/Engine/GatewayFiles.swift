// What the gateway must read and its user may not: keys that are root's alone. It gets copies, for as long as the engine runs.
import Contracts
import Foundation
import Glibc
import Persistence
import ServiceKit

struct GatewayFiles {
    let layout: EngineLayout
    let user: EngineUser

    private var directory: String { "\(layout.run)/tls" }

    /// The configuration as the gateway can use it: with its own copies, and without the sockets that the supervisor opens.
    /// Throws `ConfigurationError` for a file that can't be read.
    func handedOver(_ configuration: EngineConfiguration) throws -> EngineConfiguration {
        var result = configuration
        result.hosts = HostSockets.others(configuration.hosts)
        guard user.uid != 0, configuration.tls.isOn || configuration.tls.verifiesClients else { return result }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try give(directory, mode: 0o700)
        result.tls.authority = try copy(configuration.tls.authority, "ca.pem", key: "tlscacert")
        result.tls.certificate = try copy(configuration.tls.certificate, "cert.pem", key: "tlscert")
        result.tls.key = try copy(configuration.tls.key, "key.pem", key: "tlskey")
        return result
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private func copy(_ path: String?, _ name: String, key: String) throws -> String? {
        guard let path else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("key '\(key)': can't read \(path)")
        }
        let own = "\(directory)/\(name)"
        try AtomicFile.write(data, to: own, mode: 0o400)
        try give(own, mode: 0o400)
        return own
    }

    private func give(_ path: String, mode: mode_t) throws {
        if chmod(path, mode) != 0 { throw SystemCallError("chmod", path) }
        if chown(path, user.uid, user.gid) != 0 { throw SystemCallError("chown", path) }
    }
}
