// What a start keeps and what it clears away, and the small machinery of sequences.
import Synchronization
import Testing

@testable import NetworkServer

struct InventoryTests {
    private func sandbox(
        _ id: String, _ mode: SandboxRow.Mode = .own, namespace: String? = nil, link: String? = nil, donor: String? = nil
    ) -> Sandbox {
        let endpoint = link.map {
            EndpointRow(
                id: "e\(id)", containerID: id, networkID: "n", position: 0, interface: "eth0", hostInterface: $0, mac: "", ipv4: "")
        }
        return Sandbox(
            row: SandboxRow(
                containerID: id, containerName: id, mode: mode, donor: donor, namespace: namespace, filesOwner: donor ?? id),
            endpoints: endpoint.map { [$0] } ?? [], publications: [])
    }

    @Test func keepsWhatIsWholeAndNamesTheRest() {
        let inventory = Inventory(
            sandboxes: [
                sandbox("whole", namespace: "n1", link: "veth1"), sandbox("unpinned", namespace: "n2", link: "veth2"),
                sandbox("cut", namespace: "n3", link: "veth3"), sandbox("none", namespace: "n4"), sandbox("host", .host),
                sandbox("joined", .container, namespace: "n1", donor: "whole"),
                sandbox("widowed", .container, namespace: "n2", donor: "unpinned"), sandbox("guest", .container, donor: "host"),
                sandbox("orphan", .container, donor: "gone"),
            ],
            pins: ["n1", "n2", "n3", "n4", "stock"], namespaces: ["n1", "n3", "n4", "stock"],
            bridgePorts: ["veth1", "veth2", "vethstock", "vethforeign"], markedPorts: ["veth1", "veth2", "vethstock"])
        #expect(Set(inventory.live.map(\.row.containerID)) == ["whole", "cut", "none", "host", "joined", "guest"])
        #expect(Set(inventory.dead.map(\.row.containerID)) == ["unpinned", "widowed", "orphan"])
        #expect(inventory.live.first { $0.row.containerID == "cut" }?.endpoints == [])
        #expect(inventory.losses.map(\.sandbox.row.containerID) == ["cut"])
        #expect(inventory.strayPins == ["n2", "stock"])
        #expect(inventory.strayPorts == ["veth2", "vethstock"])
    }

    @Test func undoGoesBackwardsAndOn() {
        struct Broken: Error {}
        var undo = UndoStack()
        var done: [String] = []
        var failed: [String] = []
        undo.push("one") { done.append("one") }
        undo.push("two") { throw Broken() }
        undo.push("three") { done.append("three") }
        undo.unwind { name, _ in failed.append(name) }
        undo.unwind { name, _ in failed.append(name) }
        #expect(done == ["three", "one"])
        #expect(failed == ["two"])
    }

    private actor Workshop {
        private var turns = TurnQueue()
        private var active: Set<String> = []
        private(set) var overlaps = 0
        private(set) var done = 0

        func work(_ key: String) async {
            if !turns.begin(key) { await withCheckedContinuation { turns.wait(for: key, $0) } }
            if !active.insert(key).inserted { overlaps += 1 }
            for _ in 0..<5 { await Task.yield() }
            active.remove(key)
            done += 1
            turns.end(key)
        }
    }

    @Test func turnsDoNotOverlap() async {
        let workshop = Workshop()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<200 { group.addTask { await workshop.work("key\(index % 3)") } }
        }
        #expect(await workshop.overlaps == 0)
        #expect(await workshop.done == 200)
    }

    @Test func jobsOfAKernelThreadRunOnOneThread() async throws {
        actor Sitter {
            let thread: KernelThread
            private var seen: Set<UInt> = []
            nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
            init(_ thread: KernelThread) { self.thread = thread }
            func look() { seen.insert(ThreadIdentity.current) }
            var count: Int { seen.count }
        }
        let sitter = Sitter(try KernelThread(name: "test"))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await sitter.look() } }
        }
        #expect(await sitter.count == 1)
    }
}
