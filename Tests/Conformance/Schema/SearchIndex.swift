// An index that finds one image whatever it is asked: files behind Python's web server.
import Foundation
import Glibc
import ServiceKit
import TestSupport

struct SearchIndex: Sendable {
    /// `127.0.0.1:port`.
    let address: String

    static func with<R: Sendable>(_ body: @Sendable (SearchIndex) async throws -> R) async throws -> R {
        let directory = "/tmp/berth-index-\(getpid())"
        try FileManager.default.createDirectory(atPath: "\(directory)/v1", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let found = #"{"num_results":1,"results":[{"name":"box","description":"a box","star_count":7,"is_official":true}]}"#
        try found.write(toFile: "\(directory)/v1/search", atomically: true, encoding: .utf8)
        let port = try TCPProbe.freePort()
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        let pid = try ChildProcess(
            path: "/usr/bin/python3",
            arguments: ["-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", directory], environment: ["PATH=/usr/bin"],
            descriptors: [STDOUT_FILENO: nowhere, STDERR_FILENO: nowhere]
        ).spawn()
        defer {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }
        try await eventually("the index listens") {
            (try? await TCPProbe.exchange("127.0.0.1", port, "GET / HTTP/1.0\r\n\r\n")).map { _ in true }
        }
        return try await body(SearchIndex(address: "127.0.0.1:\(port)"))
    }
}
