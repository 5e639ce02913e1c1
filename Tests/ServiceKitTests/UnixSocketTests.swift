// Listening sockets, and the small HTTP client on them.
import Foundation
import Glibc
import ServiceKit
import Testing

@Suite struct UnixSocketTests {
    private func withPath<R>(_ body: (String) throws -> R) rethrows -> R {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-\(UUID().uuidString.prefix(8)).sock").path
        defer { unlink(path) }
        return try body(path)
    }

    @Test func listensWithTheModeAskedFor() throws {
        try withPath { path in
            let listener = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(listener) }
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o600)
            close(try UnixSocket.connect(path: path))
        }
    }

    @Test func takesTheOldSocketsPlace() throws {
        try withPath { path in
            close(try UnixSocket.listen(path: path, mode: 0o600))
            #expect(throws: SystemCallError.self) { try UnixSocket.connect(path: path) }
            let listener = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(listener) }
            close(try UnixSocket.connect(path: path))
        }
    }

    @Test func aSocketThatTookAnothersPlaceStays() throws {
        try withPath { path in
            let first = try UnixSocket.listen(path: path, mode: 0o600)
            let file = try #require(UnixSocketFile(path: path))
            let second = try UnixSocket.listen(path: path, mode: 0o600)
            close(first)
            file.remove()
            #expect(UnixSocket.isServed(path: path))
            close(second)
            #expect(!UnixSocket.isServed(path: path))
            UnixSocketFile(path: path)?.remove()
            #expect(access(path, F_OK) != 0 && UnixSocketFile(path: path) == nil)
        }
    }

    @Test func pathsMayBeLongerThanAnAddress() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-" + String(repeating: "x", count: 200)).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let listener = try UnixSocket.listen(path: "\(directory)/s.sock", mode: 0o640)
        defer { close(listener) }
        var status = stat()
        #expect(lstat("\(directory)/s.sock", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o640)
        close(try UnixSocket.connect(path: "\(directory)/s.sock"))
    }

    @Test(arguments: ["/nonexistent/s.sock", "", "/tmp/" + String(repeating: "x", count: 5000)])
    func badPathIsAnError(path: String) {
        #expect(throws: SystemCallError.self) { try UnixSocket.listen(path: path, mode: 0o600) }
        #expect(throws: SystemCallError.self) { try UnixSocket.connect(path: path) }
    }

    /// Answers one connection with these bytes once it has read something.
    private func answer(_ text: String, on listener: Int32) {
        Thread.detachNewThread {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, -1)
            let connection = accept(listener, nil, nil)
            var buffer = [UInt8](repeating: 0, count: 4096)
            _ = read(connection, &buffer, buffer.count)
            let bytes = Array(text.utf8)
            _ = write(connection, bytes, bytes.count)
            close(connection)
        }
    }

    @Test func requestIsAnswered() throws {
        try withPath { path in
            let listener = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(listener) }
            answer("HTTP/1.1 201 Created\r\n\r\nbody", on: listener)
            let reply = try UnixHTTPClient(socketPath: path).request("POST", "/x", headers: [("A", "b")], body: [1, 2, 3])
            #expect(reply.status == 201)
            #expect(reply.text == "body")
        }
    }

    @Test func silentPeerTimesOut() throws {
        try withPath { path in
            let listener = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(listener) }
            let client = UnixHTTPClient(socketPath: path, timeout: .milliseconds(50))
            let error = #expect(throws: SystemCallError.self) { try client.request("GET", "/") }
            #expect(error?.code == ETIMEDOUT)
        }
    }

    @Test func replyIsBounded() throws {
        try withPath { path in
            let listener = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(listener) }
            answer("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1000), on: listener)
            var client = UnixHTTPClient(socketPath: path)
            client.replyLimit = 100
            let error = #expect(throws: SystemCallError.self) { try client.request("GET", "/") }
            #expect(error?.code == EMSGSIZE)
        }
    }
}
