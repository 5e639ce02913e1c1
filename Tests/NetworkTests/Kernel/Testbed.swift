// A host of one's own: a network namespace that stands for the host, with neighbours on a LAN, and nothing of the real one.
import Contracts
import Glibc
import Logging
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

/// Namespaces, directories and names for one test; all of it goes with `tearDown`.
final class Testbed: Sendable {
    let directory: String
    let hostPath: String
    let layout: EngineLayout
    let configuration: EngineConfiguration
    private let factory: NamespaceFactory

    static let isPossible = getuid() == 0
    /// The LAN that the host and its neighbours are on. The first address is the host's.
    static let hostLAN = "198.51.100.1"

    init(_ configure: (inout EngineConfiguration) -> Void = { _ in }) async throws {
        directory = "/tmp/berth-network-\(Hexadecimal.random(bytes: 4))"
        try Directories.make("\(directory)/hosts", mode: 0o700)
        layout = EngineLayout(root: "\(directory)/root", run: "\(directory)/run")
        var configuration = EngineConfiguration()
        configuration.bridge = "brtest0"
        configuration.nftablesTable = "berth_test"
        configuration.defaultAddressPools = [.init(base: "10.213.0.0/16", size: 24)]
        configure(&configuration)
        self.configuration = configuration
        factory = try NamespaceFactory(
            name: "testbed", home: HomeNamespace(path: "/proc/self/ns/net"), directory: "\(directory)/hosts", logger: Self.logger)
        hostPath = try await factory.make(attachedTo: nil).path
    }

    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// A network service of this host, started. `configure` changes the configuration for it alone.
    func service(warmPool: Int = 2, _ configure: (inout EngineConfiguration) -> Void = { _ in }) async throws -> NetworkService {
        let service = try unstartedService(warmPool: warmPool, configure)
        try await service.start()
        return service
    }

    func unstartedService(warmPool: Int = 2, _ configure: (inout EngineConfiguration) -> Void = { _ in }) throws -> NetworkService {
        var configuration = configuration
        configure(&configuration)
        let settings = try NetworkSettings(configuration: configuration, layout: layout, warmPool: warmPool)
        return try NetworkService(settings: settings, lock: nil, home: HomeNamespace(path: hostPath), logger: Self.logger)
    }

    func host() throws -> Probe { try Probe(path: hostPath) }

    /// A machine on the LAN, whose way to everywhere is by the host.
    func neighbour(_ number: Int = 2) async throws -> Probe {
        let path = try await factory.make(attachedTo: nil).path
        let probe = try Probe(path: path)
        try await host().connect(to: path, name: "lan\(number)", address: "\(Self.hostLAN)/24")
        try await probe.configure("eth0", address: "198.51.100.\(number)/24", gateway: Self.hostLAN)
        return probe
    }

    /// A machine on another LAN of the host, 203.0.113.0/24.
    func secondNeighbour(_ number: Int = 3) async throws -> Probe {
        let path = try await factory.make(attachedTo: nil).path
        let probe = try Probe(path: path)
        try await host().connect(to: path, name: "lan\(number)", address: "203.0.113.1/24")
        try await probe.configure("eth0", address: "203.0.113.\(number)/24", gateway: "203.0.113.1")
        return probe
    }

    /// What the host has that an engine could leave behind.
    func inventory() async throws -> [String] {
        let links = try await Tool.run(["nsenter", "--net=\(hostPath)", "ip", "-br", "link"]).split(separator: "\n")
            .map { String($0.prefix { $0 != " " && $0 != "@" }) }
        // Elements of sets are listed in the order of their coming, or in none.
        let rules = try await Tool.run(["nsenter", "--net=\(hostPath)", "nft", "list", "ruleset"]).split(separator: "\n")
            .map { $0.replacing("elements = { ", with: "").filter { !" \t,{}".contains($0) } }.sorted()
        let forwarding = try await Tool.run(["nsenter", "--net=\(hostPath)", "cat", "/proc/sys/net/ipv4/ip_forward"])
        return links.sorted() + rules + ["ip_forward \(forwarding)"] + (try pins().map { "pin \($0)" })
    }

    func pins() throws -> [String] {
        try Directories.names(in: layout.networkNamespaces).sorted()
    }

    /// Whether the host forwards packets before any engine has come.
    func setForwarding(_ isOn: Bool, family: Int = 4) async throws {
        let key = family == 4 ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding"
        let command = "echo \(isOn ? 1 : 0) >/proc/sys/net/\(key)"
        _ = try await Tool.run(["nsenter", "--net=\(hostPath)", "sh", "-c", command])
    }

    func nft(_ script: String) async throws -> String {
        try await Tool.run(["nsenter", "--net=\(hostPath)", "nft", script])
    }

    /// A service of the test may still be filling its stock: what it makes meanwhile goes in the next round.
    func tearDown() async throws {
        try await eventually("removal of \(directory)") {
            for parent in [layout.networkNamespaces, "\(directory)/hosts"] {
                for name in try Directories.names(in: parent) {
                    _ = try await Tool.run(["umount", "-l", "\(parent)/\(name)"], mayFail: true)
                }
            }
            _ = try await Tool.run(["rm", "-rf", "--one-file-system", directory], mayFail: true)
            return access(directory, F_OK) == 0 ? nil : true
        }
    }

    /// Runs a test with a bed of its own.
    static func with(
        _ configure: (inout EngineConfiguration) -> Void = { _ in }, _ body: (Testbed) async throws -> Void
    ) async throws {
        await Turnstile.testbeds.enter()
        let result: Result<Void, any Error>
        do {
            try await live(configure, body)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await Turnstile.testbeds.leave()
        try result.get()
    }

    private static func live(_ configure: (inout EngineConfiguration) -> Void, _ body: (Testbed) async throws -> Void) async throws {
        let bed = try await Testbed(configure)
        do {
            try await body(bed)
        } catch {
            try await bed.tearDown()
            throw error
        }
        try await bed.tearDown()
    }
}

extension CreateSandbox.Request {
    /// A container on the default bridge.
    static func bridged(_ id: String, ports: [PortBinding] = []) -> CreateSandbox.Request {
        CreateSandbox.Request(
            containerID: id, containerName: "name-of-\(id)", mode: .own, endpoints: [EndpointRequest(network: "bridge")], ports: ports,
            hostname: id)
    }
}
