// Descriptors that outlive the process that opened them.
import Foundation
import CLinux
import Glibc
@testable import ServiceKit
import Testing

@Suite struct DescriptorKeeperTests {
    private static func path(_ name: String) -> String { "/tmp/berth-keeper-\(getpid())-\(name)" }

    init() throws {
        try #require(berth_descriptor_limit_raise() >= 0)
    }

    private func store(_ keeper: DescriptorKeeper) -> DescriptorStore {
        DescriptorStore(sockets: [], notification: SupervisorNotification(environment: ["NOTIFY_SOCKET": keeper.path]))
    }

    @Test func whatIsKeptWorksAfterItsOwnerIsGone() throws {
        let keeper = try DescriptorKeeper(path: Self.path("kept"))
        let store = store(keeper)
        var pipe: [Int32] = [0, 0]
        try #require(clinux_pipe(&pipe) == 0)
        #expect(store.keep(pipe, as: "a1"))
        pipe.forEach { close($0) }
        #expect(keeper.receive() == [])
        #expect(keeper.names == "k-a1:k-a1")
        #expect(keeper.entries.allSatisfy { $0.descriptor >= DescriptorKeeper.lowestNumber })
        #expect(write(keeper.entries[1].descriptor, "x", 1) == 1)
        #expect(clinux_readable_bytes(keeper.entries[0].descriptor) == 1)
    }

    @Test func whatIsForgottenIsClosed() throws {
        let keeper = try DescriptorKeeper(path: Self.path("forgotten"))
        let store = store(keeper)
        var pipe: [Int32] = [0, 0]
        try #require(clinux_pipe(&pipe) == 0)
        defer { close(pipe[0]) }
        #expect(store.keep([pipe[1]], as: "a") && store.keep([pipe[1]], as: "b"))
        close(pipe[1])
        store.forget("a")
        #expect(keeper.receive() == [])
        #expect(keeper.entries.map(\.name) == ["k-b"])
        store.forget("b")
        #expect(keeper.receive() == [])
        var byte: UInt8 = 0
        #expect(read(pipe[0], &byte, 1) == 0)
    }

    /// More messages at once than a socket holds: the sender waits for the supervisor to take them, and none is lost.
    @Test func aBusySupervisorLosesNothing() async throws {
        let keeper = try DescriptorKeeper(path: Self.path("busy"))
        let store = store(keeper)
        let (kept, outcome) = AsyncStream.makeStream(of: Bool.self)
        // Both sides wait in system calls: tasks might have to share one thread.
        Thread.detachNewThread {
            outcome.yield((0..<1500).allSatisfy { store.keep([STDIN_FILENO, STDOUT_FILENO], as: "n\($0)") })
            outcome.finish()
        }
        while keeper.entries.count < 3000 {
            var entry = pollfd(fd: keeper.socket, events: Int16(POLLIN), revents: 0)
            try #require(poll(&entry, 1, 20_000) > 0)
            #expect(keeper.receive() == [])
        }
        for await isKept in kept { #expect(isKept) }
        #expect(Set(keeper.entries.map(\.name)).count == 1500)
    }

    @Test func thereIsABoundToNames() throws {
        let keeper = try DescriptorKeeper(path: Self.path("bound"))
        let store = store(keeper)
        var refused: [String] = []
        let name = String(repeating: "n", count: 240)
        for _ in 0..<600 {
            #expect(store.keep([STDIN_FILENO], as: name))
            refused += keeper.receive()
        }
        #expect(!refused.isEmpty)
        #expect(keeper.names.utf8.count <= DescriptorKeeper.namesLimit)
    }

    @Test(arguments: [
        ("FDSTORE=1\nFDNAME=x", DescriptorKeeper.Request.keep("x")), ("FDNAME=x\nFDPOLL=0\nFDSTORE=1", .keep("x")),
        ("FDSTOREREMOVE=1\nFDNAME=x", .forget("x")), ("READY=1", nil), ("FDSTORE=1", nil), ("FDSTORE=1\nFDNAME=a:b", nil), ("", nil),
    ])
    func requests(message: String, request: DescriptorKeeper.Request?) {
        #expect(DescriptorKeeper.Request(message) == request)
    }

    @Test func theNextProcessFindsThemByName() {
        let sockets = [("network", 3), ("k-a1", 4), ("k-a1", 5), ("k-b2", 6)].map { ActivatedSocket(name: $0.0, descriptor: $0.1) }
        let store = DescriptorStore(sockets: sockets, notification: SupervisorNotification(environment: [:]))
        #expect(store.restored == ["a1": [4, 5], "b2": [6]])
        #expect(!store.keep([STDIN_FILENO], as: "x"))
    }
}
