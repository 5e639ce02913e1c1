// What passes between a supervisor and a service: sockets in, notices out.
import Glibc
@testable import ServiceKit
import Testing

@Suite struct SupervisorTests {
    struct HandOver: Sendable {
        var pid: String?
        var count: String?
        var names: String?
        var expected: [ActivatedSocket] = []

        var environment: [String: String] {
            ["LISTEN_PID": pid, "LISTEN_FDS": count, "LISTEN_FDNAMES": names].compactMapValues { $0 }
        }
    }

    static let handOvers: [HandOver] = [
        HandOver(
            pid: "7", count: "2", names: "a:b",
            expected: [ActivatedSocket(name: "a", descriptor: 3), ActivatedSocket(name: "b", descriptor: 4)]),
        HandOver(
            pid: "7", count: "2", names: "a",
            expected: [ActivatedSocket(name: "a", descriptor: 3), ActivatedSocket(name: "unknown", descriptor: 4)]),
        HandOver(pid: "7", count: "1", expected: [ActivatedSocket(name: "unknown", descriptor: 3)]),
        HandOver(pid: "8", count: "1"),
        HandOver(count: "1"),
        HandOver(pid: "7", count: "0"),
        HandOver(pid: "7", count: "-1"),
        HandOver(pid: "7", count: "70000"),
        HandOver(pid: "7", count: "many"),
        HandOver(),
    ]

    @Test(arguments: handOvers)
    func activatedSockets(handOver: HandOver) {
        #expect(ActivatedSocket.named(in: handOver.environment, pid: 7) == handOver.expected)
    }

    @Test func socketsWithAPolicyAreNamedByTheirPaths() {
        let names = ["/run/a.sock", "/a:b", "/a%3Ab"].map { ScopedSocket(path: $0).descriptorName }
        #expect(names == ["/run/a.sock", "/a%3Ab", "/a%253Ab"])
        #expect(ActivatedSocket(name: names[1], descriptor: 3).isScoped && !ActivatedSocket(name: "gateway", descriptor: 3).isScoped)
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
