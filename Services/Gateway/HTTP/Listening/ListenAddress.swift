// Where the API is offered, as `--host` and the `hosts` of daemon.json say it.
import Glibc

/// An address to listen at.
public enum ListenAddress: Sendable, Equatable {
    /// A Unix socket's path.
    case unix(String)
    case tcp(host: String, port: Int)

    /// Dockerd's port without TLS.
    static let defaultPort = 2375
    /// Dockerd's port with TLS.
    static let securedPort = 2376

    /// Reads `unix:///path`, `tcp://host[:port]` and `tcp://[address]:port`, both without `tcp://`, too; nil for anything else.
    public init?(_ text: String, isSecured: Bool = false) {
        if let path = Self.rest(of: text, after: "unix://"), path.hasPrefix("/") {
            self = .unix(path)
        } else if let place = Self.rest(of: text, after: "tcp://") ?? (text.isEmpty || text.contains("/") ? nil : text),
            let address = Self.tcp(place, isSecured ? Self.securedPort : Self.defaultPort)
        {
            self = address
        } else {
            return nil
        }
    }

    /// Whether only this machine reaches it.
    public var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func tcp(_ place: String, _ defaultPort: Int) -> ListenAddress? {
        let host: Substring
        let tail: Substring
        if place.hasPrefix("["), let bracket = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<bracket]
            tail = place[place.index(after: bracket)...]
        } else {
            host = place.prefix { $0 != ":" }
            tail = place.dropFirst(host.count)
        }
        guard let port = port(tail, defaultPort) else { return nil }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: port)
    }

    private static func port(_ tail: Substring, _ defaultPort: Int) -> Int? {
        guard !tail.isEmpty else { return defaultPort }
        guard tail.hasPrefix(":"), let port = Int(tail.dropFirst()), (0...65_535).contains(port) else { return nil }
        return port
    }
}

/// Why an address can't be listened at, for the operator.
public struct ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }

    /// Of what the system refused, with what to do where that is because of the process's user.
    init(_ what: String, code: Int32, advice: String = "have its supervisor open the socket") {
        description = "\(what): \(String(cString: strerror(code)))" + ([EACCES, EPERM, EROFS].contains(code) ? Self.advice(advice) : "")
    }

    static func advice(_ text: String) -> String { "; the gateway's user may not do that: \(text) (see deploy/DOCKERD.md)" }
}
