// Which user namespace a container is in.
import Contracts
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite struct UserNamespaceChoiceTests {
    private static let engine = IDMap(first: 100_000, count: 65_536)
    private static let donor = IDMap(first: 300_000, count: 1000)

    private func choose(
        _ mode: UserNamespaceMode, remap: IDMap? = nil, donors: [IDMap?] = [], _ change: (inout HostConfig) -> Void = { _ in }
    ) throws(RPCError) -> UserNamespaceChoice {
        var host = HostConfig()
        change(&host)
        let records = donors.map { map in
            ContainerRecord(
                ContainerDefinition(
                    id: "d", name: "d", createdAt: 0, path: "", arguments: [], config: ContainerConfig(), hostConfig: HostConfig(),
                    imageID: "",
                    platform: "", manifestDigest: "", logPath: "",
                    snapshot: SnapshotRecord(containerID: "", imageID: "", lower: [], upper: "", work: ""), mounts: [], endpoints: [:],
                    idMap: map))
        }
        return try UserNamespaceChoice(mode, host, remap: remap, donors: records)
    }

    @Test func isTheEnginesOrTheContainersOwn() throws {
        #expect(try choose(.standard) == .host)
        #expect(try choose(.standard, remap: Self.engine) == .shared(Self.engine))
        #expect(try choose(.host, remap: Self.engine) == .host)
        #expect(try choose(.auto(size: 5), remap: Self.engine) == .own(size: 5))
    }

    @Test func isTheDonorsWithItsNamespaces() throws {
        #expect(try choose(.standard, donors: [Self.donor, Self.donor]) == .shared(Self.donor))
        #expect(try choose(.standard, remap: Self.engine, donors: [nil]) == .host)
        #expect(throws: RPCError.self) { try choose(.standard, donors: [Self.donor, nil]) }
        #expect(throws: RPCError.self) { try choose(.auto(size: 5), donors: [Self.donor]) }
        #expect(throws: RPCError.self) { try choose(.host, donors: [Self.donor]) }
    }

    @Test(arguments: [
        ("privileged mode is incompatible with user namespaces", { @Sendable (host: inout HostConfig) in host.privileged = true }),
        ("cannot share the host's network namespace", { @Sendable (host: inout HostConfig) in host.networkMode = "host" }),
        ("cannot share the host PID namespace", { @Sendable (host: inout HostConfig) in host.pidMode = "host" }),
    ])
    func hostsNamespacesAreRefused(_ words: String, _ change: @Sendable (inout HostConfig) -> Void) throws {
        let error = #expect(throws: RPCError.self) { try choose(.standard, remap: Self.engine, change) }
        #expect(error?.message.hasPrefix(words) == true)
        #expect(try choose(.host, remap: Self.engine, change) == .host)
    }

    @Test func modeIsReadFromRequestOrLabel() throws {
        var (config, host) = (ContainerConfig(), HostConfig())
        config.labels = [ContainerConfig.userNamespaceLabel: "auto:size=10"]
        #expect(try UserNamespaceMode(config, host) == .auto(size: 10))
        host.usernsMode = "host"
        #expect(try UserNamespaceMode(config, host) == .host)
        for (text, mode) in [("auto", UserNamespaceMode.auto(size: 65_536)), ("auto:size=1", .auto(size: 1)), ("", .standard)] {
            host.usernsMode = text
            #expect(try UserNamespaceMode(nil, host) == mode)
        }
        for bad in ["keep-id", "nomap", "private", "auto:", "auto:size=0", "auto:size=x", "auto:uidmapping=0:1:2"] {
            host.usernsMode = bad
            let error = #expect(throws: RPCError.self) { try UserNamespaceMode(nil, host) }
            #expect(error?.message == "invalid userns mode: \(bad)")
        }
    }
}
