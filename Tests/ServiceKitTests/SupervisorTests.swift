// What passes between a supervisor and a service: sockets in, notices out.
import Glibc
@testable import ServiceKit
import Testing

@Suite struct SupervisorTests {
    @Test(arguments: [
        (["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"], [("a", Int32(3)), ("b", 4)]),
        (["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a"], [("a", 3), ("unknown", 4)]),
        (["LISTEN_PID": "7", "LISTEN_FDS": "1"], [("unknown", 3)]),
        (["LISTEN_PID": "8", "LISTEN_FDS": "1"], []),
        (["LISTEN_FDS": "1"], []),
        (["LISTEN_PID": "7", "LISTEN_FDS": "0"], []),
        (["LISTEN_PID": "7", "LISTEN_FDS": "-1"], []),
        (["LISTEN_PID": "7", "LISTEN_FDS": "4096"], []),
        (["LISTEN_PID": "7", "LISTEN_FDS": "many"], []),
        ([:], []),
    ])
    func activatedSockets(environment: [String: String], expected: [(String, Int32)]) {
        let sockets = ActivatedSocket.named(in: environment, pid: 7)
        #expect(sockets == expected.map { ActivatedSocket(name: $0.0, descriptor: $0.1) })
    }

    @Test(arguments: ["/tmp/berth-notify-\(getpid())", "@berth-notify-\(getpid())"])
    func noticeArrives(address: String) throws {
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(receiver)
            if address.hasPrefix("/") { unlink(address) }
        }
        var name = try #require(SupervisorNotification.socketAddress(address))
        let bound = withUnsafePointer(to: &name.address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, name.length) }
        }
        try #require(bound == 0)
        #expect(SupervisorNotification(environment: ["NOTIFY_SOCKET": address]).send("READY=1"))
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == "READY=1")
    }

    @Test(arguments: [nil, "", "/nobody/listens", String(repeating: "x", count: 200)])
    func nobodyListens(address: String?) {
        let notification = SupervisorNotification(environment: address.map { ["NOTIFY_SOCKET": $0] } ?? [:])
        #expect(!notification.send("READY=1"))
    }
}
