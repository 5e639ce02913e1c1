// What the options of networks make of devices, on the host and in containers.
import Testing
import TestSupport

extension Integration {
    @Suite struct Devices {
        @Test(arguments: NetworkFamily.allCases)
        func namesSizesAndAddresses(family: NetworkFamily) async throws {
            let name = "dev\(family.rawValue)", bridge = "btd\(family.rawValue)"
            let options = [
                "-o", "com.docker.network.bridge.name=\(bridge)", "-o", "com.docker.network.container_iface_prefix=port", "-o",
                "com.docker.network.driver.mtu=1280", "-o", "com.docker.network.bridge.inhibit_ipv4=true",
            ]
            try await Families.with(name, options + family.options(13)) { engine in
                let inside = try await engine.dockerOutput(
                    "run", "--rm", "--network", name, "busybox", "sh", "-c", "ls /sys/class/net; cat /sys/class/net/port0/mtu")
                #expect(inside == "lo\nport0\n1280", "\(inside)")
                let host = try await Command("/usr/sbin/ip", ["address", "show", "dev", bridge]).run().text
                #expect(host.contains("mtu 1280"), "\(host)")
                #expect(!host.contains("10.193.13.1/"), "\(host)")
                #expect(host.contains("fd93:13::1/64") == family.hasV6, "\(host)")
                let taken = try await engine.docker(
                    ["network", "create", "-o", "com.docker.network.bridge.name=\(bridge)", "\(name)2"])
                #expect(taken.code == 1 && taken.errorText.contains("networks have same bridge name"), "\(taken)")
            }
            #expect(try await Command("/usr/sbin/ip", ["link", "show", "dev", bridge]).run().code != 0)
        }

        /// `fe80::` with the bytes of the hardware address, as neighbours and firewalls know it beforehand.
        @Test func aLinkLocalAddressIsOfTheHardwareAddress() async throws {
            try await Families.with("locals", ["--ipv6"]) { engine in
                let seen = try await engine.dockerOutput(
                    "run", "--rm", "--network", "locals", "--mac-address", "02:42:ac:11:00:02", "busybox", "cat", "/proc/net/if_inet6")
                #expect(seen.contains("fe800000000000000042acfffe110002"), "\(seen)")
            }
        }

        /// Without a subnet of one's own, IPv6 gets one of the engine's; without a name, the bridge has the network's ID.
        @Test func whatIsChosen() async throws {
            try await Families.with("chosen", ["--ipv6"]) { engine in
                let format = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
                let subnets = try await engine.dockerOutput("network", "inspect", "-f", format, "chosen")
                #expect(subnets.split(separator: " ").contains { $0.hasPrefix("fd") && $0.hasSuffix("::/64") }, "\(subnets)")
                let id = try await engine.dockerOutput("network", "inspect", "-f", "{{.Id}}", "chosen")
                #expect(try await Command("/usr/sbin/ip", ["link", "show", "dev", "br-\(id.prefix(12))"]).run().code == 0)
            }
        }

        /// A container on a macvlan network is a machine of the parent's LAN.
        @Test func neighboursOfTheLAN() async throws {
            let engine = try Integration.engine
            try await Neighbour.with { neighbour in
                let base = neighbour.hostV4.split(separator: ".").dropLast().joined(separator: ".")
                let made = try await engine.docker([
                    "network", "create", "-d", "macvlan", "-o", "parent=\(neighbour.cable)", "--subnet", "\(base).0/24", "--gateway",
                    "\(base).254", "--ip-range", "\(base).128/25", "lan",
                ])
                try #require(made.code == 0, "\(made)")
                try await PeerServer.start("lan-a", ["--network", "lan"], engine)
                let address = try await Families.addresses("lan-a", engine).v4 ?? ""
                #expect(address.hasPrefix("\(base)."), "\(address)")
                let seen = try await neighbour.page("http://\(address)\(PeerServer.path)", seconds: 5)
                #expect(seen?.contains(neighbour.ownV4) == true, "\(seen ?? "nothing")")
                #expect(try await WebClient.page("http://\(address)\(PeerServer.path)", seconds: 1) == nil)
                try await engine.dockerOutput("rm", "-f", "lan-a")
                try await engine.dockerOutput("network", "rm", "lan")
            }
        }
    }
}
