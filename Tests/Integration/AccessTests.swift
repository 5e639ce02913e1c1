// Who may reach the engine: the socket's group, TCP with client certificates, and what is refused. And what it tells of itself.
import Contracts
import Foundation
import Glibc
import ServiceKit
import Testing
import TestSupport

@Suite(.serialized, .timeLimit(.minutes(10)))
struct AccessTests {
    /// A certificate authority with a server and a client, in a directory that goes with the test.
    private struct Certificates {
        let directory: String

        static func make() async throws -> Certificates {
            let directory = "/tmp/berth-tls-\(UInt64.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let script = """
                set -e; cd "$1"; exec 2>/dev/null
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca-key.pem -out ca.pem
                make() {
                    openssl req -newkey rsa:2048 -nodes -subj /CN="$1" -keyout "$1-key.pem" -out "$1.csr"
                    printf '%s' "$2" > "$1.ext"
                    openssl x509 -req -days 2 -in "$1.csr" -CA "$3.pem" -CAkey "$3-key.pem" -CAcreateserial -extfile "$1.ext" -out "$1.pem"
                }
                make server "subjectAltName=IP:127.0.0.1" ca
                make client "extendedKeyUsage=clientAuth" ca
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other-key.pem -out other.pem
                make stranger "extendedKeyUsage=clientAuth" other
                """
            let result = try await Command("/bin/bash", ["-c", script, "bash", directory]).run()
            guard result.code == 0 else { throw CommandFailure(what: "making certificates", result: result) }
            return Certificates(directory: directory)
        }

        func remove() { try? FileManager.default.removeItem(atPath: directory) }

        func docker(_ address: String, as name: String, _ arguments: [String]) async throws -> CommandResult {
            let flags = [
                "-H", "tcp://\(address)", "--tlsverify", "--tlscacert", "\(directory)/ca.pem", "--tlscert", "\(directory)/\(name).pem",
                "--tlskey",
                "\(directory)/\(name)-key.pem",
            ]
            return try await Command(EngineUnderTest.client, flags + arguments, timeout: .seconds(60)).run()
        }
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw SystemCallError("bind", "127.0.0.1") }
        return UInt16(bigEndian: address.sin_port)
    }

    @Test func certificatesDecideWhoIsServed() async throws {
        let certificates = try await Certificates.make()
        defer { certificates.remove() }
        let address = "127.0.0.1:\(try Self.freePort())"
        let metrics = "127.0.0.1:\(try Self.freePort())"
        let directory = certificates.directory
        let engine = EngineUnderTest()
        do {
            try await engine.start(flags: [
                "-H", "tcp://\(address)", "--tlsverify", "--tlscacert", "\(directory)/ca.pem", "--tlscert", "\(directory)/server.pem",
                "--tlskey",
                "\(directory)/server-key.pem", "--metrics-addr", metrics, "--group", "daemon", "--label", "place=here",
                "--live-restore=true",
                "--pidfile", "\(directory)/engine.pid",
            ])
            try await engine.importBusybox()
            let hello = try await certificates.docker(
                address, as: "client", ["run", "--rm", "-i", "busybox", "sh", "-c", "echo hello; exit 3"])
            #expect(hello.code == 3 && hello.line == "hello", "\(hello)")
            let labels = try await certificates.docker(address, as: "client", ["info", "-f", "{{json .Labels}}"])
            #expect(labels.line == #"["place=here"]"#)
            let stranger = try await certificates.docker(address, as: "stranger", ["ps"])
            #expect(stranger.code != 0)
            let plain = try await Command("/usr/bin/curl", ["-s", "-m", "5", "http://\(address)/_ping"]).run()
            #expect(plain.line != "OK")
            try await checkSocket(engine)
            try await checkSelfDescription(engine, metrics)
            // Under TLS the gateway relays.
            try await engine.dockerOutput("run", "-d", "--name", "encrypted", "busybox", "sleep", "1000")
            let exec = try await certificates.docker(address, as: "client", ["exec", "encrypted", "sh", "-c", "echo in; exit 6"])
            #expect(exec.code == 6 && exec.line == "in", "\(exec)")
            let pid = try String(contentsOfFile: "\(directory)/engine.pid", encoding: .utf8)
            #expect(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)).map { kill($0, 0) == 0 } == true)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    private func checkSocket(_ engine: EngineUnderTest) async throws {
        var status = stat()
        #expect(stat(engine.layout.gatewaySocket, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        #expect(status.st_gid == getgrnam("daemon")?.pointee.gr_gid)
    }

    /// Metrics of what was done, and the timeline of a container.
    private func checkSelfDescription(_ engine: EngineUnderTest, _ metrics: String) async throws {
        try await engine.dockerOutput("run", "-d", "--name", "traced", "busybox", "sleep", "100")
        let text = try await Command("/usr/bin/curl", ["-s", "-m", "10", "http://\(metrics)/metrics"]).run().text
        #expect(text.contains("engine_daemon_container_states_containers{state=\"running\"} 1"), "\(text)")
        #expect(text.contains("engine_daemon_container_actions_seconds_count{action=\"start\"} 2"))
        let timeline = try await engine.control(["trace", "traced"]).text
        for word in ["START", "gateway", "shim", "network", "done", "#"] { #expect(timeline.contains(word), "\(timeline)") }
        try await engine.dockerOutput("rm", "-f", "traced")
    }

    @Test func anOpenAddressWithoutTLSIsRefused() async throws {
        let engine = EngineUnderTest()
        let binary = "\(engine.binaries)/berth-gateway"
        let directory = "/tmp/berth-access-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let arguments = ["--root", "\(directory)/r", "--run", "\(directory)/u", "-H", "tcp://0.0.0.0:0"]
        let result = try await Command(binary, arguments, timeout: .seconds(30)).run()
        #expect(result.code != 0)
        #expect((result.text + result.errorText).contains("without TLS"), "\(result)")
    }
}
