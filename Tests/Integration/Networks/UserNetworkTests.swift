// User-defined networks through the Docker client.
import Foundation
import Testing
import TestSupport

extension Integration {
    @Suite struct UserNetworks {
        private static let server = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
        private static let format = "{{(index .IPAM.Config 0).Subnet}} {{(index .IPAM.Config 0).Gateway}}"

        @Test func lifeOfANetwork() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput(
                "network", "create", "--subnet", "10.191.0.0/16", "--ip-range", "10.191.5.0/24", "--gateway", "10.191.0.254",
                "--aux-address",
                "printer=10.191.5.1", "--label", "tier=front", "-o", "com.docker.network.driver.mtu=1400", "life")
            #expect(id.count == 64)
            #expect(try await engine.dockerOutput("network", "inspect", "-f", Self.format, "life") == "10.191.0.0/16 10.191.0.254")
            #expect(try await engine.dockerOutput("network", "ls", "-q", "--no-trunc", "-f", "label=tier=front") == id)
            #expect(try await engine.dockerOutput("network", "ls", "-f", "dangling=true", "--format", "{{.Name}}").contains("life"))
            let inside = try await engine.dockerOutput(
                "run", "--rm", "--network", "life", "busybox", "sh", "-c",
                "ip -4 addr show eth0 | grep -o 'inet [0-9./]*'; cat /sys/class/net/eth0/mtu")
            #expect(inside == "inet 10.191.5.0/16\n1400" || inside == "inet 10.191.5.2/16\n1400")
            for arguments in [["network", "create", "life"], ["network", "create", "--subnet", "10.191.7.0/24", "other"]] {
                #expect(try await engine.docker(arguments).code == 1)
            }
            try await engine.dockerOutput("network", "rm", String(id.prefix(12)))
            #expect(try await engine.docker(["network", "inspect", "life"]).errorText.contains("life"))
        }

        /// Clients ask for the driver that they are told of: null.
        @Test func aConfigurationOnlyNetwork() async throws {
            let engine = try Integration.engine
            let create = ["network", "create"]
            let made = try await engine.docker(create + ["--config-only", "-d", "null", "--subnet", "10.190.7.0/24", "plan"])
            #expect(made.code == 0, "\(made)")
            let format = "{{.Driver}} {{.ConfigOnly}} {{(index .IPAM.Config 0).Subnet}}"
            #expect(try await engine.dockerOutput("network", "inspect", "-f", format, "plan") == "null true 10.190.7.0/24")
            #expect(try await engine.docker(create + ["--config-from", "plan", "planned"]).code == 0)
            #expect(try await engine.dockerOutput("network", "inspect", "-f", format, "planned") == "bridge false 10.190.7.0/24")
            try await engine.dockerOutput("network", "rm", "planned")
            try await engine.dockerOutput("network", "rm", "plan")
        }

        @Test func containersOfANetwork() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("network", "create", "--subnet", "10.192.0.0/24", "front")
            let run = ["run", "-d", "--name", "web", "--network", "front", "--ip", "10.192.0.77", "--network-alias", "db"]
            #expect(try await engine.docker(run + Self.server).code == 0)
            let view = "{{(index .NetworkSettings.Networks \"front\").IPAddress}} {{(index .NetworkSettings.Networks \"front\").Gateway}}"
            #expect(try await engine.dockerOutput("inspect", "-f", view, "web") == "10.192.0.77 10.192.0.1")
            #expect(
                try await engine.dockerOutput("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}", "front")
                    == "web 10.192.0.77/24")
            let page = try await eventually("page of the neighbour", within: .seconds(20)) {
                let result = try await engine.docker(
                    ["run", "--rm", "--network", "front", "busybox", "wget", "-q", "-O", "-", "http://10.192.0.77/"])
                return result.code == 0 ? result.text : nil
            }
            #expect(page == BusyboxImage.page)
            let refused = try await engine.docker(["network", "rm", "front"])
            #expect(refused.errorText.contains("has active endpoints"))
            let taken = try await engine.docker(["run", "--rm", "--network", "front", "--ip", "10.192.0.77", "busybox", "true"])
            #expect(taken.code == 125 && taken.errorText.contains("Address already in use"))
            try await engine.dockerOutput("restart", "-t", "0", "web")
            #expect(try await engine.dockerOutput("inspect", "-f", view, "web") == "10.192.0.77 10.192.0.1")
            try await engine.dockerOutput("rm", "-f", "web")
            try await engine.dockerOutput("network", "rm", "front")
        }

        @Test func addressesOfASubnetThatTheEngineChoseCanBeAskedFor() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("network", "create", "chosen")
            let gateway = try await engine.dockerOutput("network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "chosen")
            let address = "\(gateway)77"
            let run = ["run", "-d", "--name", "choosy", "--network", "chosen", "--ip", address]
            #expect(try await engine.docker(run + Self.server).code == 0)
            let view = "{{with index .NetworkSettings.Networks \"chosen\"}}{{.NetworkID}} {{.IPAddress}}{{end}}"
            #expect(try await engine.dockerOutput("inspect", "-f", view, "choosy") == "\(id) \(address)")
            try await engine.dockerOutput("stop", "-t", "0", "choosy")
            #expect(try await engine.dockerOutput("inspect", "-f", view, "choosy").hasPrefix(id))
            try await engine.dockerOutput("start", "choosy")
            #expect(try await engine.dockerOutput("inspect", "-f", view, "choosy") == "\(id) \(address)")
            try await engine.dockerOutput("rm", "-f", "choosy")
            try await engine.dockerOutput("network", "rm", "chosen")
        }

        @Test func aNetworkThatIsGoneCanBeLeft() async throws {
            let engine = try Integration.engine
            for name in ["stays", "vanishes"] { try await engine.dockerOutput("network", "create", name) }
            try await engine.dockerOutput("create", "--name", "abandoned", "--network", "stays", "busybox", "true")
            try await engine.dockerOutput("network", "connect", "vanishes", "abandoned")
            try await engine.dockerOutput("network", "rm", "vanishes")
            #expect(try await engine.docker(["start", "-a", "abandoned"]).errorText.contains("network vanishes not found"))
            try await engine.dockerOutput("network", "disconnect", "-f", "vanishes", "abandoned")
            try await engine.dockerOutput("start", "-a", "abandoned")
            try await engine.dockerOutput("rm", "abandoned")
            try await engine.dockerOutput("network", "rm", "stays")
        }

        @Test(arguments: ["host", "none"])
        func whoIsOnANetworkThatGivesNothingIsShown(network: String) async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "nominal", "--network", network, "busybox", "sleep", "1000")
            let members = try await engine.dockerOutput(
                "network", "inspect", "-f", "{{.Id}} {{range .Containers}}{{.Name}} {{.EndpointID}}{{.IPv4Address}}{{end}}", network)
            let shown = "{{with (index .NetworkSettings.Networks \"\(network)\")}}{{.NetworkID}} nominal {{.EndpointID}}{{end}}"
            #expect(try await engine.dockerOutput("inspect", "-f", shown, "nominal") == members)
            #expect(members.count == 64 + " nominal ".count + 64)
            try await engine.dockerOutput("kill", "nominal")
            try await engine.dockerOutput("wait", "nominal")
            #expect(try await engine.dockerOutput("network", "inspect", "-f", "{{len .Containers}}", network) == "0")
            try await engine.dockerOutput("rm", "nominal")
        }

        @Test func connectAndDisconnect() async throws {
            let engine = try Integration.engine
            for name in ["left", "right"] { try await engine.dockerOutput("network", "create", name) }
            #expect(try await engine.docker(["run", "-d", "--name", "hub", "--network", "left"] + Self.server).code == 0)
            try await engine.dockerOutput("network", "connect", "--alias", "middle", "right", "hub")
            #expect(try await engine.dockerOutput("exec", "hub", "ls", "/sys/class/net").split(separator: "\n") == ["eth0", "eth1", "lo"])
            let address = try await engine.dockerOutput(
                "inspect", "-f", "{{(index .NetworkSettings.Networks \"right\").IPAddress}}", "hub")
            let page = try await eventually("page over the second network", within: .seconds(20)) {
                let result = try await engine.docker(
                    ["run", "--rm", "--network", "right", "busybox", "wget", "-q", "-O", "-", "http://\(address)/"])
                return result.code == 0 ? result.text : nil
            }
            #expect(page == BusyboxImage.page)
            try await engine.dockerOutput("network", "disconnect", "left", "hub")
            #expect(try await engine.dockerOutput("exec", "hub", "ls", "/sys/class/net").split(separator: "\n") == ["eth1", "lo"])
            try await engine.dockerOutput("stop", "-t", "0", "hub")
            try await engine.dockerOutput("network", "connect", "left", "hub")
            try await engine.dockerOutput("start", "hub")
            #expect(try await engine.dockerOutput("exec", "hub", "ls", "/sys/class/net").split(separator: "\n") == ["eth0", "eth1", "lo"])
            try await engine.dockerOutput("rm", "-f", "hub")
            let pruned = try await engine.dockerOutput("network", "prune", "-f")
            #expect(pruned.contains("left") && pruned.contains("right"))
        }

        @Test func dualStackAndPublishedPorts() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("network", "create", "--ipv6", "--subnet", "fd00:192::/64", "six")
            let port = try TCPProbe.freePort()
            #expect(
                try await engine.docker(["run", "-d", "--name", "dual", "--network", "six", "-p", "\(port):80"] + Self.server).code == 0)
            let ports = try await engine.dockerOutput("port", "dual", "80/tcp").split(separator: "\n")
            #expect(ports.count == 2 && ports.contains("0.0.0.0:\(port)"), "\(ports)")
            let page = try await eventually("page", within: .seconds(20)) { try? await TCPProbe.page("127.0.0.1", port) }
            #expect(page == BusyboxImage.page)
            let over6 = try await eventually("page over IPv6", within: .seconds(20)) {
                let result = try await engine.docker(
                    ["run", "--rm", "--network", "six", "busybox", "wget", "-q", "-O", "-", "http://[fd00:192::2]/"])
                return result.code == 0 ? result.text : nil
            }
            #expect(over6 == BusyboxImage.page)
            try await engine.dockerOutput("rm", "-f", "dual")
            try await engine.dockerOutput("network", "rm", "six")
        }

        static let table: [Expectation] = [
            Expectation(
                arguments: ["network", "create", "bridge"], code: 1, errors: "operation is not permitted on predefined bridge network"),
            Expectation(arguments: ["network", "rm", "host"], code: 1, errors: "host is a pre-defined network and cannot be removed"),
            Expectation(arguments: ["network", "rm", "nowhere"], code: 1, errors: "nowhere not found"),
            Expectation(arguments: ["network", "create", "--subnet", "10.1.2.3", "x"], code: 1, errors: "invalid CIDR"),
            Expectation(
                arguments: ["network", "create", "--subnet", "10.193.0.0/24", "--gateway", "10.194.0.1", "x"], code: 1, errors: "10.194.0.1"
            ),
            Expectation(arguments: ["network", "connect", "host", "nobody"], code: 1, errors: "nobody"),
            Expectation(arguments: ["network", "create", "-d", "overlay", "x"], code: 1, errors: "not a swarm manager"),
            Expectation(
                arguments: ["run", "--rm", "--ip", "10.1.2.3", "busybox", "true"], code: 125,
                errors: "user specified IP address is supported on user defined networks only"),
        ]

        @Test(arguments: table)
        func refusals(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }
    }
}
