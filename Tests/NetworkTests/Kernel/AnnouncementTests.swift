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

    /// On the default network, where interfaces are in stock, and on one of each other number.
    @Test(arguments: [nil, 0, 1, 3] as [Int?])
    func asManyAsAreAskedFor(number: Int?) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 1)
            var network = CreateNetwork.Request(name: "app")
            network.options["com.docker.network.advertise_addr_nmsgs"] = number.map { "\($0)" }
            network.options["com.docker.network.advertise_addr_ms"] = "100"
            #expect(try await service.createNetwork(network).warnings.isEmpty)
            let bridge = try #require(try await bed.host().links().first { $0.name.hasPrefix("br-") }).index
            let socket = try listen(bed)
            var request = CreateSandbox.Request.bridged("web")
            request.endpoints = [EndpointRequest(network: "app")]
            let record = try await service.createSandbox(request)
            let address = try #require(record.endpoints.first).ipv4Address
            var count = 0
            let wanted = number ?? 1
            if wanted > 0 {
                try await eventually("\(wanted) announcements") {
                    count += try announcements(socket, of: address, on: bridge)
                    return count >= wanted ? true : nil
                }
            }
            // Longer than from one to the next: there are no more.
            await Blocking.pause(milliseconds: 400)
            count += try announcements(socket, of: address, on: bridge)
            #expect(count == wanted)
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
