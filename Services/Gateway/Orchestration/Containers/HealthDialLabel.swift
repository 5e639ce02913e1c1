// The label by which any client can have a container's health checked without a process. Pure.
import Contracts
import Foundation

/// `tcp://[ADDRESS]:PORT` or `http://[ADDRESS][:PORT][/PATH]`, as seen from inside the container; without an address, the container's own
/// loopback.
enum HealthDialLabel {
    static let name = "berth.health.dial"
    static let form = "tcp://[ADDRESS]:PORT or http://[ADDRESS][:PORT][/PATH]"
    private static let loopback = "127.0.0.1"

    /// nil when it isn't of that form. Names aren't looked up, but `localhost` is known.
    static func parse(_ value: String) -> DialSpec? {
        guard let parts = URLComponents(string: value, encodingInvalidCharacters: false),
            let scheme = parts.scheme.flatMap(DialSpec.Scheme.init(rawValue:)),
            parts.user == nil, parts.password == nil, parts.fragment == nil, let address = address(parts.host ?? ""),
            let port = port(parts.port, scheme)
        else { return nil }
        let hasTarget = !parts.percentEncodedPath.isEmpty || parts.percentEncodedQuery != nil
        guard scheme == .http || !hasTarget else { return nil }
        return DialSpec(scheme, address: address, port: port, target: target(parts), host: host(parts, port))
    }

    private static func address(_ host: String) -> String? {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if bare.isEmpty || bare == "localhost" { return loopback }
        return IPAddress.isValid(bare) ? bare : nil
    }

    private static func port(_ number: Int?, _ scheme: DialSpec.Scheme) -> UInt16? {
        guard let number else { return scheme == .http ? 80 : nil }
        return number > 0 ? UInt16(exactly: number) : nil
    }

    private static func target(_ parts: URLComponents) -> String {
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        return parts.percentEncodedQuery.map { "\(path)?\($0)" } ?? path
    }

    /// Servers that tell their hosts apart get the one that was asked for.
    private static func host(_ parts: URLComponents, _ port: UInt16) -> String {
        let written = parts.host ?? ""
        let bare = written.isEmpty ? "localhost" : written
        let name = bare.contains(":") && !bare.hasPrefix("[") ? "[\(bare)]" : bare
        return port == 80 ? name : "\(name):\(port)"
    }
}
