// How containers' addresses are announced on their networks.
import CLinux
import Contracts
import Glibc
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct AnnouncementTests {
    /// Packets of ARP on the host's interfaces; `ETH_P_ARP` in the network's order.
    private func listen(_ bed: Testbed) throws -> Descriptor {
        let sockets = NamespaceSockets(home: try HomeNamespace())
        return try sockets.open(in: bed.hostPath, family: AF_PACKET, SOCK_RAW, protocol: Int32(UInt16(0x0806).bigEndian))
    }

    /// How many of those that came told where `address` is, unasked. Each is seen at the cable and at the bridge.
    private func announcements(_ socket: Descriptor, of address: String, on bridge: Int32) throws -> Int {
        let own = try #require(IPAddress(address)).bytes
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            // A `struct sockaddr_ll`: family, protocol, index of the interface, …
            var name = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let size = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(socket.raw, &buffer, buffer.count, 0, $0, &length) }
            }
            guard size > 0 else { return count }
            let interface = withUnsafeBytes(of: &name) { $0.loadUnaligned(fromByteOffset: 4, as: Int32.self) }
            let isAnnouncement = size >= 42 && Array(buffer[28..<32]) == own && Array(buffer[38..<42]) == own
            if isAnnouncement, interface == bridge { count += 1 }
        }
    }

    /// With an interface from stock, one that is made for it, and one that gets another hardware address.
    @Test(arguments: [
        (0, 1, nil), (0, 1, "02:00:00:00:00:07"), (0, 0, nil), (1, 1, nil), (1, 1, "02:00:00:00:00:07"), (1, 0, nil), (3, 1, nil),
    ])
    func asManyAsAreAskedFor(number: Int, stock: Int, mac: String?) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: stock)
            var network = CreateNetwork.Request(name: "app")
            network.options["com.docker.network.advertise_addr_nmsgs"] = "\(number)"
            network.options["com.docker.network.advertise_addr_ms"] = "100"
            #expect(try await service.createNetwork(network).warnings.isEmpty)
            let bridge = try #require(try await bed.host().links().first { $0.name.hasPrefix("br-") }).index
            let socket = try listen(bed)
            var request = CreateSandbox.Request.bridged("web")
            request.endpoints = [EndpointRequest(network: "app", macAddress: mac)]
            let record = try await service.createSandbox(request)
            let address = try #require(record.endpoints.first).ipv4Address
            try await expect(number, announcements: { try announcements(socket, of: address, on: bridge) })
        }
    }

    private func expect(_ wanted: Int, announcements: () throws -> Int) async throws {
        var count = 0
        if wanted > 0 {
            try await eventually("\(wanted) announcements") {
                count += try announcements()
                return count >= wanted ? true : nil
            }
        }
        // Longer than from one to the next: there are no more.
        await Blocking.pause(milliseconds: 400)
        count += try announcements()
        #expect(count == wanted)
    }

    /// Nobody remembers a first owner's predecessor; a second owner has one, and so may all have after the service has been started anew.
    @Test(arguments: [0, 1])
    func whereItIsOfUse(stock: Int) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: stock)
            var network = CreateNetwork.Request(name: "app")
            network.pools = [NetworkRecord.Pool(subnet: "10.213.7.0/24", gateway: "")]
            _ = try await service.createNetwork(network)
            let bridge = try #require(try await bed.host().links().first { $0.name.hasPrefix("br-") }).index
            let socket = try listen(bed)
            func announced(_ service: NetworkService, _ container: String, _ address: String, _ count: Int) async throws {
                var request = CreateSandbox.Request.bridged(container)
                request.endpoints = [EndpointRequest(network: "app", ipv4Address: address)]
                _ = try await service.createSandbox(request)
                try await expect(count, announcements: { try announcements(socket, of: address, on: bridge) })
            }
            try await announced(service, "first", "10.213.7.9", 0)
            try await service.removeSandbox(.init(containerID: "first", keepsFiles: false))
            try await announced(service, "second", "10.213.7.9", 1)
            try await announced(service, "other", "10.213.7.10", 0)
            await service.settle()
            try await announced(try await bed.service(warmPool: stock), "late", "10.213.7.11", 1)
        }
    }

    /// The container's end has one where its network has IPv6; the host's end would be one the host can't reach anything by.
    @Test func hostsEndHasNoAddress() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 1)
            for network in ["app", "two"] { _ = try await service.createNetwork(.init(name: network)) }
            var request = CreateSandbox.Request.bridged("web")
            request.endpoints = [EndpointRequest(network: "app"), EndpointRequest(network: "two")]
            _ = try await service.createSandbox(request)
            let host = try bed.host()
            let ports = try await host.links().filter { $0.kind == "veth" && $0.master != 0 }
            #expect(ports.count >= 2)
            for port in ports { #expect(try await host.addresses(port.name, family: .v6).isEmpty) }
        }
    }

    @Test(arguments: [
        ("advertise_addr_nmsgs", "4", "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3"),
        ("advertise_addr_nmsgs", "x", "value for option com.docker.network.advertise_addr_nmsgs \"x\" must be an integer"),
        ("advertise_addr_ms", "99", "com.docker.network.advertise_addr_ms must be in the range 100 to 2000"),
    ])
    func whatIsRefused(key: String, value: String, words: String) {
        for driver in ["bridge", "macvlan"] {
            var (faults, unknown): ([String], [String]) = ([], [])
            let options = ["com.docker.network.\(key)": value]
            if driver == "bridge" {
                _ = NetworkOptions(options, isInternal: false, faults: &faults, unknown: &unknown)
            } else {
                _ = ParentOptions(options, driver: driver, faults: &faults, unknown: &unknown)
            }
            #expect(faults == [words] && unknown.isEmpty)
        }
    }
}
