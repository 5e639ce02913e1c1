// Requests that nobody should send, made from those that clients do send. Pure: the same seed makes the same requests.
import Foundation

/// A random number generator that can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A request as bytes.
struct FuzzedRequest: Sendable {
    let bytes: [UInt8]
    /// For messages.
    var summary: String { String(decoding: bytes.prefix(400), as: UTF8.self) }
}

struct RequestGenerator {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// `{}` is a name, `{x}` an exec. None of them waits for something that never comes.
    private static let routes = [
        "GET /_ping", "GET /version", "GET /info", "GET /events?until=1", "GET /containers/json", "POST /containers/create",
        "GET /containers/{}/json",
        "GET /containers/{}/top", "GET /containers/{}/logs?stdout=1", "GET /containers/{}/changes", "GET /containers/{}/stats?stream=0",
        "POST /containers/{}/start", "POST /containers/{}/stop?t=0", "POST /containers/{}/kill", "POST /containers/{}/pause",
        "POST /containers/{}/unpause", "POST /containers/{}/rename", "POST /containers/{}/resize", "POST /containers/{}/update",
        "POST /containers/missing/wait", "POST /containers/{}/exec", "POST /exec/{x}/start", "GET /exec/{x}/json", "POST /exec/{x}/resize",
        "DELETE /containers/{}", "HEAD /containers/{}/archive", "GET /containers/{}/archive", "PUT /containers/{}/archive",
        "GET /containers/{}/export",
        "GET /images/json", "GET /images/{}/json", "GET /images/{}/history", "POST /images/{}/tag", "DELETE /images/{}",
        "GET /images/{}/get",
        "POST /images/load", "POST /images/create", "POST /commit", "GET /networks", "GET /networks/{}", "POST /networks/create",
        "DELETE /networks/{}", "POST /networks/{}/connect", "POST /networks/{}/disconnect", "GET /volumes", "POST /volumes/create",
        "GET /volumes/{}", "DELETE /volumes/{}", "GET /system/df", "GET /plugins", "GET /swarm", "POST /auth",
        "GET /containers/{}/attach/ws",
    ]
    private static let names = [
        "running", "exited", "created", "missing", "", "a", "..", "%00", "%2e%2e%2f", "%zz", "%ff%fe", "x y", "0",
        String(repeating: "a", count: 64),
        String(repeating: "n", count: 5000), "*", "fuzzed", "busybox", "sha256:00", "UPPER", "a/b/c", "😀", "'\";--", "bridge",
    ]
    private static let parameters = [
        "all", "limit", "size", "filters", "since", "until", "tail", "follow0", "t", "signal", "name", "h", "w", "ps_args", "force", "v",
        "link", "repo",
        "tag", "path", "platform", "fromSrc", "message", "changes", "digests", "detachKeys", "condition", "container", "timestamps",
        "details",
    ]
    private static let values = [
        "", "0", "1", "-1", "true", "x", "99999999999999999999", "1e309", "0x10", "%", "%00", "{}", "[]", "%7B%22a%22%3A%5B%5D%7D",
        "%7B%22label%22%3A%5B%22x%22%5D%7D", "%7B%22name%22%3A%5B%22(%22%5D%7D", "%7B%22until%22%3A%5B%22x%22%5D%7D",
        "-9223372036854775808",
        "1.5", "h", "../../etc/passwd", "/", "+", "a=b&c", "%F0%9F%98%80", String(repeating: "9", count: 3000),
    ]
    private static let fields = [
        "Image", "Cmd", "Env", "Labels", "HostConfig", "NetworkingConfig", "ExposedPorts", "Healthcheck", "Volumes", "Entrypoint",
        "StopTimeout",
        "Memory", "NanoCpus", "Binds", "Mounts", "PortBindings", "RestartPolicy", "LogConfig", "Ulimits", "Devices", "Tmpfs", "Sysctls",
        "CapAdd",
        "ConsoleSize", "EndpointsConfig", "IPAM", "Name", "Driver", "Options", "Type", "Source", "Target", "Detach", "Tty", "User",
        "Container",
    ]
    private static let literals = [
        "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775808", "\"\"", "\"x\"", "[]", "{}", "[null]", "\"\\ud800\"",
        "\"\\u0000\"",
        "\"busybox\"", "[\"true\"]", "[\"\"]", "{\"\":null}", "[[[[[[]]]]]]", "\"/tmp:/x\"", "{\"80/tcp\":[{}]}",
    ]

    mutating func next() -> FuzzedRequest {
        let route = pick(Self.routes).split(separator: " ")
        var (method, target) = (String(route[0]), String(route[1]))
        if chance(5) { method = pick(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW", ""]) }
        target = target.replacing("{x}", with: pick(Self.names)).replacing("{}", with: pick(Self.names)).replacing(" ", with: "%20")
        if chance(50) { target = pick(["/v1.18", "/v1.24", "/v1.41", "/v1.52", "/v9.99", "/v0", "/v1.", "/v", "/v1.47.3", "//"]) + target }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            target += (target.contains("?") ? "&" : "?") + pick(Self.parameters) + "=" + pick(Self.values)
        }
        let body = method == "GET" || method == "HEAD" ? "" : self.body()
        return FuzzedRequest(bytes: chance(4) ? broken(method, target) : head(method, target, body) + Array(body.utf8))
    }

    private mutating func body() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return ""
        case 1: return String(repeating: "[", count: Int.random(in: 1...100_000, using: &random))
        case 2: return pick(Self.literals)
        default:
            let text = object(depth: 0)
            guard chance(15) else { return text }
            return String(text.prefix(Int.random(in: 0...text.count, using: &random)))
        }
    }

    private mutating func object(depth: Int) -> String {
        var fields = depth == 0 && chance(70) ? ["\"Image\":\"busybox\",\"Cmd\":[\"true\"]"] : []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let value = depth < 3 && chance(40) ? object(depth: depth + 1) : pick(Self.literals)
            let name = pick(Self.fields)
            fields.append("\"\(chance(10) ? name.lowercased() : name)\":\(chance(20) ? "[\(value)]" : value)")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private mutating func head(_ method: String, _ target: String, _ body: String) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: fuzz", "Connection: close"]
        if !body.isEmpty || method != "GET" { lines.append("Content-Length: \(body.utf8.count)") }
        if chance(90) { lines.append("Content-Type: application/json") }
        if chance(5) { lines.append("Content-Type: application/x-www-form-urlencoded") }
        if chance(5) { lines.append("X-Registry-Auth: \(pick(["", "e30=", "%%%", "eyJ1c2VybmFtZSI6NX0"]))") }
        if chance(3) { lines.append("Expect: 100-continue") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Bytes that are hardly a request.
    private mutating func broken(_ method: String, _ target: String) -> [UInt8] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            (0..<Int.random(in: 1...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } + Array("\r\n\r\n".utf8)
        case 1: Array("\(method) \(target) HTTP/1.1\r\nHost: f\r\nContent-Length: -1\r\n\r\n".utf8)
        case 2:
            Array(
                "\(method) \(target) HTTP/1.1\r\nHost: f\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"
                    .utf8)
        case 3: Array("\(method) \(target) HTTP/1.1\r\n\((0..<400).map { "X-\($0): y\r\n" }.joined())\r\n".utf8)
        default: Array("\(method) \(target)\r\n\r\n".utf8)
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func pick(_ list: [String]) -> String { list[Int.random(in: 0..<list.count, using: &random)] }
}
