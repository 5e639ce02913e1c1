// Log drivers that send: what a container writes arrives at a service, and can be read here too.
import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    @Suite struct RemoteLogs {
        private static let script = "echo to the service; echo trouble >&2"

        /// A port of this host, with a socket that is read without waiting.
        private func receiver() throws -> (socket: Int32, port: UInt16) {
            let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0 }
            }
            try #require(result)
            return (socket, UInt16(bigEndian: address.sin_port))
        }

        private func text(_ socket: Int32) -> String {
            var (text, buffer) = ("", [UInt8](repeating: 0, count: 65536))
            while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 {
                text += String(decoding: buffer[..<count], as: UTF8.self) + "\n"
            }
            return text
        }

        private func run(_ driver: String, _ options: [String]) async throws -> String {
            let engine = try Integration.engine
            let (socket, port) = try receiver()
            defer { close(socket) }
            let flags = options.flatMap { ["--log-opt", $0.replacing("PORT", with: "\(port)")] }
            try await engine.dockerOutputs(
                ["run", "--name", "sends", "--log-driver", driver] + flags + ["busybox", "sh", "-c", Self.script])
            var received = ""
            try await eventually("both lines at the service") {
                received += text(socket)
                return received.contains("to the service") && received.contains("trouble") ? true : nil
            }
            let kept = try await engine.docker(["logs", "sends"])
            #expect(kept.line == "to the service" && kept.errorText == "trouble\n", "\(kept)")
            try await engine.dockerOutput("rm", "sends")
            return received
        }

        @Test func syslog() async throws {
            let text = try await run("syslog", ["syslog-address=udp://localhost:PORT", "syslog-format=rfc5424", "tag=my/{{.Name}}"])
            #expect(text.contains("<30>1 ") && text.contains("<27>1 ") && text.contains(" my/sends "), "\(text)")
        }

        @Test func gelf() async throws {
            let text = try await run("gelf", ["gelf-address=udp://127.0.0.1:PORT", "gelf-compression-type=none"])
            #expect(text.contains(#""short_message":"to the service""#) && text.contains(#""_container_name":"sends""#), "\(text)")
        }

        /// Nobody listens: the container runs as ever.
        @Test func aServiceThatIsNotThereStopsNothing() async throws {
            let engine = try Integration.engine
            let flags = ["run", "--rm", "--log-driver", "fluentd", "--log-opt", "fluentd-address=127.0.0.1:9", "busybox", "echo", "fine"]
            try await Expectation(arguments: flags, output: "fine").check(engine)
            let unknown = try await engine.docker(
                [
                    "run", "-d", "--name", "lost", "--log-driver", "gelf", "--log-opt", "gelf-address=udp://nowhere.invalid:1", "busybox",
                    "true",
                ])
            #expect(unknown.code == 125 && unknown.errorText.contains("no such host"), "\(unknown)")
            try await engine.dockerOutput("rm", "lost")
        }
    }
}
