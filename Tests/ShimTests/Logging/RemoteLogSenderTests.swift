// Sending to a service that is there, comes late, goes away, or takes nothing: the output never waits.
import CLinux
import ContainerLog
import Contracts
import Foundation
import Glibc
import Linux
import Testing

@testable import ShimServer

@Suite struct RemoteLogSenderTests {
    private let directory: TemporaryDirectory
    private let loop: EventLoop

    init() throws {
        directory = try TemporaryDirectory("remote")
        loop = try EventLoop()
    }

    private var path: String { "\(directory.path)/s" }

    private func sender(
        _ transport: RemoteLog.Transport, _ format: RemoteLog.Format = .rfc5424, buffer: Int64 = 1 << 20
    ) -> RemoteLogSender {
        RemoteLogSender(
            loop: loop, spec: RemoteLog(format: format, transport: transport, address: path, hostname: "h", tag: "t", bufferBytes: buffer))
    }

    private func write(_ text: String, to sender: RemoteLogSender) {
        Array(text.utf8).withUnsafeBufferPointer { sender.write($0, to: .stdout, at: 0) }
    }

    /// What the first one who connects sends, up to the end that is waited for.
    private func received(at listener: Int32, until end: String) throws -> String {
        var peer: Int32 = -1
        #expect(
            try turn {
                peer = accept(listener, nil, nil)
                return peer >= 0
            })
        defer { close(peer) }
        _ = clinux_set_nonblocking(peer)
        var text = ""
        #expect(
            try turn {
                text += TestClient.read(peer).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return text.hasSuffix(end)
            })
        return text
    }

    private func turn(until condition: () -> Bool) throws -> Bool { try loop.turn(until: condition) }

    @Test func `A service that comes late gets what waited for it, in order`() throws {
        let sender = sender(.unixStream)
        write("one\ntwo\n", to: sender)
        let listener = clinux_unix_listen(path, 0o600, 4)
        #expect(listener >= 0)
        defer { close(listener) }
        write("three\n", to: sender)
        let text = try received(at: listener, until: "three\n")
        #expect(text.split(separator: "\n").map { $0.split(separator: " ").last.map(String.init) } == ["one", "two", "three"])
        #expect(sender.droppedMessages == 0)
    }

    @Test func `A line that a run leaves open goes on in no other`() throws {
        let sender = sender(.unixStream, .fluentd)
        let listener = clinux_unix_listen(path, 0o600, 4)
        defer { close(listener) }
        write("open", to: sender)
        sender.finish()
        write("whole\n", to: sender)
        let text = try received(at: listener, until: "whole")
        #expect(text.components(separatedBy: "partial_id").count == 2)
    }

    @Test func `A service that takes nothing costs messages, never time, and is told of once`() throws {
        let listener = clinux_unix_listen(path, 0o600, 4)
        defer { close(listener) }
        let sender = sender(.unixStream, buffer: 10_000)
        var told: [Bool] = []
        sender.onTrouble = { told.append($0) }
        let line = String(repeating: "x", count: 900) + "\n"
        for _ in 0..<3000 { write(line, to: sender) }
        #expect(sender.droppedMessages > 1000)
        #expect(told == [true])
        let peer = accept(listener, nil, nil)
        _ = clinux_set_nonblocking(peer)
        defer { close(peer) }
        var isQuiet = false
        #expect(
            try turn {
                isQuiet = TestClient.read(peer)?.isEmpty == true && told == [true, false]
                return isQuiet
            })
    }

    @Test func `A service that was restarted is found again`() throws {
        let sender = sender(.unixDatagram)
        func receiver() -> Int32 {
            unlink(path)
            let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(socket, $0, size) }
            }
            return result == 0 ? socket : -1
        }
        for word in ["first", "second"] {
            let socket = receiver()
            defer { close(socket) }
            write("\(word)\n", to: sender)
            var text = ""
            #expect(
                try turn {
                    text += TestClient.read(socket).map { String(decoding: $0, as: UTF8.self) } ?? ""
                    return text.contains(" \(word)\n")
                })
        }
        #expect(sender.droppedMessages == 0)
    }
}
