// A machine beside the host: a network namespace with a cable to it, which knows the ways to the containers' subnets.
import Testing
import TestSupport

/// Another host of the LAN. Both families; the host's address is the first of each subnet.
struct Neighbour: Sendable {
    let name: String
    private let number: Int

    var hostV4: String { "198.18.\(number).1" }
    var hostV6: String { "fd98:18:\(number)::1" }
    var ownV4: String { "198.18.\(number).2" }
    var ownV6: String { "fd98:18:\(number)::2" }
    /// The host's end of the cable.
    var cable: String { "btn\(number)" }

    /// Makes it for as long as `body` runs. Nothing is left of it.
    static func with<R>(_ body: (Neighbour) async throws -> R) async throws -> R {
        let number = Int.random(in: 0...255)
        let neighbour = Neighbour(name: "bt-neighbour-\(number)", number: number)
        do {
            try await neighbour.make()
            let result = try await body(neighbour)
            await neighbour.remove()
            return result
        } catch {
            await neighbour.remove()
            throw error
        }
    }

    private func make() async throws {
        let inside = ["netns", "exec", name, "ip"]
        let steps = [
            ["netns", "add", name], ["link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name],
            ["address", "add", "\(hostV4)/24", "dev", cable], ["-6", "address", "add", "\(hostV6)/64", "dev", cable, "nodad"],
            // Nothing to wait a second for: nobody else is there who could have the same address.
            ["netns", "exec", name, "sh", "-c", Self.trusting("eth0")],
            ["link", "set", cable, "up"], inside + ["link", "set", "lo", "up"], inside + ["address", "add", "\(ownV4)/24", "dev", "eth0"],
            inside + ["-6", "address", "add", "\(ownV6)/64", "dev", "eth0", "nodad"], inside + ["link", "set", "eth0", "up"],
            inside + ["route", "add", "default", "via", hostV4], inside + ["-6", "route", "add", "default", "via", hostV6],
        ]
        for step in steps {
            let result = try await Command("/usr/sbin/ip", step).run()
            guard result.code == 0 else { throw CommandFailure(what: "ip \(step.joined(separator: " "))", result: result) }
            if step.starts(with: ["link", "add"]) { _ = try await Command("/bin/sh", ["-c", Self.trusting(cable)]).run() }
        }
        try await usable(["-6", "address", "show", "dev", cable])
        try await usable(inside + ["-6", "address", "show", "dev", "eth0"])
    }

    /// An address is tentative until the kernel has looked at the link's carrier, up to a second later; until then the host
    /// speaks from another.
    private func usable(_ addresses: [String]) async throws {
        try await eventually("usable addresses of the cable", within: .seconds(10)) {
            let shown = try await Command("/usr/sbin/ip", addresses).run().line
            return shown.contains("inet6") && !shown.contains("tentative") ? true : nil
        }
    }

    private static func trusting(_ interface: String) -> String { "echo 0 >/proc/sys/net/ipv6/conf/\(interface)/accept_dad" }

    private func remove() async {
        for step in [["netns", "delete", name], ["link", "delete", cable]] { _ = try? await Command("/usr/sbin/ip", step).run() }
    }

    /// Runs a command there.
    func run(_ arguments: [String]) async throws -> CommandResult {
        try await Command("/usr/sbin/ip", ["netns", "exec", name] + arguments).run()
    }

    /// What a web server answers the neighbour; nil for nothing within the time.
    func page(_ url: String, seconds: Int = 3) async throws -> String? {
        let result = try await run(WebClient.arguments(url, seconds: seconds))
        return result.code == 0 ? result.line : nil
    }
}

/// A web client that is on every machine of these tests.
enum WebClient {
    static func arguments(_ url: String, seconds: Int = 3) -> [String] {
        ["/bin/busybox", "timeout", "\(seconds)", "/bin/busybox", "wget", "-q", "-O", "-", url]
    }

    /// What a web server answers the host; nil for nothing within the time.
    static func page(_ url: String, seconds: Int = 3) async throws -> String? {
        let result = try await Command("/bin/busybox", Array(arguments(url, seconds: seconds).dropFirst())).run()
        return result.code == 0 ? result.line : nil
    }

    /// What a web server answers a container; nil for nothing within the time.
    static func page(_ url: String, from container: String, _ engine: EngineUnderTest, seconds: Int = 3) async throws -> String? {
        let result = try await engine.docker(["exec", container, "timeout", "\(seconds)", "wget", "-q", "-O", "-", url])
        return result.code == 0 ? result.line : nil
    }
}

/// A container with a web server that tells each client the address it comes from, at `/cgi-bin/peer`.
enum PeerServer {
    static let path = "/cgi-bin/peer"
    private static let script = """
        mkdir -p /www/cgi-bin; printf '#!/bin/sh\\necho; echo $REMOTE_ADDR\\n' >/www/cgi-bin/peer; chmod +x /www/cgi-bin/peer
        echo ready; exec httpd -f -p 80 -h /www
        """

    /// `options` are those of `docker run`. Returns when it listens.
    static func start(_ name: String, _ options: [String], _ engine: EngineUnderTest) async throws {
        let result = try await engine.docker(["run", "-d", "--name", name] + options + [EngineUnderTest.image, "sh", "-c", script])
        guard result.code == 0 else { throw CommandFailure(what: "docker run \(name)", result: result) }
        try await eventually("a listener in \(name)", within: .seconds(20)) {
            try await engine.docker(["exec", name, "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]).code == 0 ? true : nil
        }
    }
}
