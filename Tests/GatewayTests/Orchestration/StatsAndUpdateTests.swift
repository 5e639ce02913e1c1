// A container's statistics in Docker's form, and changes of its limits.
import Contracts
import Foundation
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct StatsAndUpdateTests {
    private func json(_ stats: ContainerStats) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(stats)) as? [String: Any])
    }

    @Test func oneLookTwoLooksAndMany() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        let empty = try await collect(test.engine.stats(id, isLive: false, isOneShot: false, context: .fresh()), 5)
        #expect(empty == [ContainerStats(name: "/web", id: id)])
        try await test.start(id)
        let single = try await collect(test.engine.stats(id, isLive: false, isOneShot: true, context: .fresh()), 5)
        #expect(single.map(\.cpu.usage.total) == [1] && single.map(\.previousRead) == [.never])
        let rated = try await collect(test.engine.stats(id, isLive: false, isOneShot: false, context: .fresh()), 5)
        #expect(rated.map(\.cpu.usage.total) == [3] && rated.map(\.previousCPU.usage.total) == [2])
        let live = try await collect(test.engine.stats(id, isLive: true, isOneShot: false, context: .fresh()), 2)
        #expect(live.map(\.previousCPU.usage.total) == [0, 4])
        let refused = await #expect(throws: RPCError.self) {
            _ = try await test.engine.stats(id, isLive: true, isOneShot: true, context: .fresh())
        }
        #expect(refused?.code == .invalidParameter)
        await test.close()
    }

    private func collect(_ stream: AsyncThrowingStream<ContainerStats, any Error>, _ limit: Int) async throws -> [ContainerStats] {
        var samples: [ContainerStats] = []
        for try await sample in stream {
            samples.append(sample)
            if samples.count == limit { break }
        }
        return samples
    }

    @Test func theFormIsDockers() throws {
        let empty = try json(ContainerStats(name: "/a", id: "b"))
        #expect(
            Set(empty.keys) == [
                "name", "id", "read", "preread", "pids_stats", "blkio_stats", "num_procs", "storage_stats", "cpu_stats", "precpu_stats",
                "memory_stats",
            ])
        #expect(empty["read"] as? String == "0001-01-01T00:00:00Z")
        #expect((empty["blkio_stats"] as? [String: Any])?.values.allSatisfy { $0 is NSNull } == true)
        #expect((empty["memory_stats"] as? [String: Any])?.isEmpty == true)
        let cpu = try #require(empty["cpu_stats"] as? [String: Any])
        #expect(Set(cpu.keys) == ["cpu_usage", "throttling_data"])
        #expect(Set((cpu["cpu_usage"] as? [String: Any] ?? [:]).keys) == ["total_usage", "usage_in_kernelmode", "usage_in_usermode"])
    }

    @Test func eachVersionTellsWhatItCounts() async throws {
        let test = try TestEngine()
        let record = try test.record(try await test.create("web"))
        var sample = StatsSample(
            time: 5, cgroupVersion: 1, io: [IOCounter(major: 8, minor: 0, kind: "Read", value: 4)],
            networks: ["eth0": NetworkCounters(received: [1, 2, 3, 4], sent: [5, 6, 7, 8])])
        sample.cpu.perCPU = [1, 2]
        sample.memory.maximum = 9
        let legacy = try json(StatsView.stats(record, sample, previous: nil))
        #expect((legacy["blkio_stats"] as? [String: [Any]])?["sectors_recursive"]?.isEmpty == true)
        #expect((legacy["memory_stats"] as? [String: Int])?["max_usage"] == 9)
        #expect((legacy["networks"] as? [String: [String: Int]])?["eth0"]?["tx_dropped"] == 8)
        sample.cgroupVersion = 2
        let unified = try json(StatsView.stats(record, sample, previous: sample))
        #expect((unified["blkio_stats"] as? [String: Any])?["io_serviced_recursive"] is NSNull)
        #expect(unified["preread"] as? String == "1970-01-01T00:00:00.000000005Z")
        await test.close()
    }

    @Test func anUpdateReachesShimAndRecord() async throws {
        let test = try TestEngine()
        let id = try await test.create("web") { _, host in (host.memory, host.memorySwap) = (100 << 20, 200 << 20) }
        var change = HostConfig()
        change.memory = 150 << 20
        change.restartPolicy = RestartPolicy(name: "always")
        _ = try await test.engine.update(id, change, context: .fresh())
        #expect(test.world.shim(id) == nil)
        try await test.start(id)
        #expect(test.world.shim(id)?.supervision?.restart.kind == .always)
        change.memory = 180 << 20
        change.pidsLimit = -1
        change.restartPolicy = RestartPolicy(name: "no")
        _ = try await test.engine.update(id, change, context: .fresh())
        let told = try #require(test.world.shim(id)?.updates.last)
        #expect(told.cgroup?.memory == 180 << 20 && told.cgroup?.pidsLimit == -1 && told.restart?.kind == .no)
        #expect(try test.record(id).hostConfig.memory == 180 << 20)
        #expect(try await test.actions().filter { $0 == "update" }.count == 2)
        test.world.fail("shim.update", RPCError(.invalidParameter, "no"))
        change.memory = 190 << 20
        let refused = await #expect(throws: RPCError.self) { _ = try await test.engine.update(id, change, context: .fresh()) }
        #expect(refused?.message == "Cannot update container \(id): no")
        #expect(try test.record(id).hostConfig.memory == 180 << 20)
        await test.close()
    }

    @Test func anUpdatePublishesOtherPorts() async throws {
        let test = try TestEngine()
        let id = try await test.create("web") { _, host in host.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "8080")]] }
        var change = HostConfig()
        change.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "8081")]]
        _ = try await test.engine.update(id, change, context: .fresh())
        #expect(!test.world.calls.contains { $0.hasPrefix("network.publishPorts") })
        try await test.start(id)
        #expect(try test.record(id).state.sandbox?.ports.map(\.hostPort) == [8081])
        change.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "8082")]]
        _ = try await test.engine.update(id, change, context: .fresh())
        #expect(try test.record(id).state.sandbox?.ports.map(\.hostPort) == [8082])
        #expect(try test.record(id).hostConfig.portBindings == change.portBindings)
        // Who doesn't say anything of ports has them stay.
        _ = try await test.engine.update(id, HostConfig(), context: .fresh())
        #expect(test.world.calls.filter { $0.hasPrefix("network.publishPorts") } == ["network.publishPorts [8082]"])

        test.world.fail("network.publishPorts [8083]", RPCError(.conflict, "taken"))
        test.world.fail("shim.update", RPCError(.invalidParameter, "no"))
        for (port, words) in [("8083", "taken"), ("8084", "Cannot update container \(id): no")] {
            change.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: port)]]
            let error = await #expect(throws: RPCError.self) { _ = try await test.engine.update(id, change, context: .fresh()) }
            #expect(error?.message == words)
            #expect(try await test.eventually { try test.record(id).state.sandbox?.ports.map(\.hostPort) == [8082] })
            #expect(try test.record(id).hostConfig.portBindings?["80/tcp"]??.map(\.hostPort) == ["8082"])
        }
        change.portBindings = ["x": nil]
        await #expect(throws: RPCError.self) { _ = try await test.engine.update(id, change, context: .fresh()) }
        await test.close()
    }

    @Test func whatAnUpdateCannotChangeIsWarnedOf() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        var change = HostConfig()
        (change.binds, change.capAdd, change.privileged) = (["/a:/b"], ["SYS_ADMIN"], true)
        let warnings = try await test.engine.update(id, change, context: .fresh()).warnings
        for name in ["Binds", "CapAdd", "Privileged"] {
            #expect(warnings.contains("HostConfig.\(name) of a container that has been made can't be changed. Value discarded."))
        }
        #expect(warnings.count == 3)
        await test.close()
    }

    typealias Change = @Sendable (inout HostConfig) -> Void

    static let conflicts: [(has: Change, wants: Change, words: String)] = [
        ({ $0.cpuPeriod = 100_000 }, { $0.nanoCPUs = 1 }, "Nano CPUs cannot be updated as CPU Period has already been set"),
        ({ $0.cpuQuota = 10_000 }, { $0.nanoCPUs = 1 }, "Nano CPUs cannot be updated as CPU Quota has already been set"),
        ({ $0.nanoCPUs = 1 }, { $0.cpuPeriod = 100_000 }, "CPU Period cannot be updated as NanoCPUs has already been set"),
        ({ $0.nanoCPUs = 1 }, { $0.cpuQuota = 10_000 }, "CPU Quota cannot be updated as NanoCPUs has already been set"),
        ({ $0.memorySwap = 10 << 20 }, { $0.memory = 20 << 20 }, "Memory limit should be smaller than already set memoryswap limit"),
        ({ $0.autoRemove = true }, { $0.restartPolicy.name = "always" }, "Restart policy cannot be updated because AutoRemove is enabled"),
    ]

    @Test(arguments: conflicts.indices)
    func whatConflictsIsRefused(index: Int) {
        var (current, change) = (HostConfig(), HostConfig())
        Self.conflicts[index].has(&current)
        Self.conflicts[index].wants(&change)
        let error = #expect(throws: RPCError.self) { try ResourceUpdate(change: change).applied(to: current) }
        #expect(error?.code == .conflict && error?.message.contains(Self.conflicts[index].words) == true)
    }

    @Test(
        arguments: [
            (300, 600, nil), (300, 200, "Minimum memoryswap limit should be larger than memory limit, see usage"),
            (0, 600, "You should always set the Memory limit when using Memoryswap limit, see usage"),
        ] as [(Int64, Int64, String?)])
    func swapAloneIsMeasuredAgainstTheMemoryThatIsSet(memory: Int64, swap: Int64, refusal: String?) throws {
        var (current, change) = (HostConfig(), HostConfig())
        (current.memory, current.memorySwap, change.memorySwap) = (memory << 20, memory << 20, swap << 20)
        if let refusal {
            #expect(throws: RPCError(.invalidParameter, refusal)) { try ResourceUpdate(change: change).applied(to: current) }
        } else {
            #expect(try ResourceUpdate(change: change).applied(to: current).memorySwap == swap << 20)
        }
    }
}
