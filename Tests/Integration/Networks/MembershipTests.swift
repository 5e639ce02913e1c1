// Which networks a container is on, however they were named, and what stays when it leaves and comes back.
import Testing
import TestSupport

extension Integration {
    @Suite struct Memberships {
        private static let networks = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
        private static let addresses = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"

        /// What is named by its ID is shown by its name, and is the same network.
        @Test func anIDIsAName() async throws {
            try await Families.with("byid", []) { engine in
                let id = try await engine.dockerOutput("network", "inspect", "-f", "{{.Id}}", "byid")
                #expect(try await engine.dockerOutput("network", "ls", "-q", "--no-trunc", "-f", "name=^byid$") == id)
                #expect(try await engine.dockerOutput("network", "ls", "-q", "-f", "name=^byi$") == "")
                try await engine.dockerOutput("create", "--name", "byid-a", "--network", id, "busybox", "sleep", "600")
                #expect(try await engine.dockerOutput("inspect", "-f", Self.networks, "byid-a") == "byid")
                #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.NetworkMode}}", "byid-a") == id)
                try await engine.dockerOutput("network", "connect", "--alias", "other", "byid", "byid-a")
                try await engine.dockerOutput("start", "byid-a")
                #expect(try await engine.dockerOutput("inspect", "-f", Self.networks, "byid-a") == "byid")
                try await engine.dockerOutput("rm", "-f", "byid-a")
            }
        }

        @Test func noneIsLeft() async throws {
            try await Families.with("afternone", []) { engine in
                try await engine.dockerOutput("run", "-d", "--name", "afternone-a", "--network", "none", "busybox", "sleep", "600")
                let refused = try await engine.docker(["network", "connect", "afternone", "afternone-a"])
                #expect(refused.code == 1 && refused.errorText.contains("private (none) mode"), "\(refused)")
                try await engine.dockerOutput("network", "disconnect", "none", "afternone-a")
                try await engine.dockerOutput("network", "connect", "afternone", "afternone-a")
                for _ in 0..<2 {
                    #expect(try await engine.dockerOutput("inspect", "-f", Self.networks, "afternone-a") == "afternone")
                    #expect(try await engine.dockerOutput("exec", "afternone-a", "ls", "/sys/class/net") == "eth0\nlo")
                    try await engine.dockerOutput("restart", "-t", "0", "afternone-a")
                }
                try await engine.dockerOutput("rm", "-f", "afternone-a")
            }
        }

        @Test func addressesAndPortsStay() async throws {
            try await Families.with("stay", []) { engine in
                try await engine.dockerOutput("run", "-d", "--name", "stay-a", "--network", "stay", "-p", "80", "busybox", "sleep", "600")
                try await engine.dockerOutput("run", "-d", "--name", "stay-b", "--network", "stay", "busybox", "sleep", "600")
                let before = try await engine.dockerOutput("inspect", "-f", Self.addresses, "stay-a", "stay-b")
                for _ in 0..<3 { try await engine.dockerOutput("restart", "-t", "0", "stay-a") }
                #expect(try await engine.dockerOutput("inspect", "-f", Self.addresses, "stay-a", "stay-b") == before)
                try await Neighbour.with { neighbour in
                    // A network past the host becomes the way out, and ports have no way in until it is left.
                    try await engine.dockerOutput(
                        "network", "create", "-d", "macvlan", "-o", "parent=\(neighbour.cable)", "--subnet", "10.193.99.0/24",
                        "stay-detour")
                    try await engine.dockerOutput("network", "connect", "--gw-priority", "9", "stay-detour", "stay-a")
                    #expect(try await engine.docker(["port", "stay-a", "80"]).code != 0)
                    try await engine.dockerOutput("network", "disconnect", "stay-detour", "stay-a")
                    #expect(try await engine.dockerOutput("port", "stay-a", "80").contains(":"))
                    try await engine.dockerOutput("network", "rm", "stay-detour")
                }
                try await engine.dockerOutput("rm", "-f", "stay-a", "stay-b")
            }
        }
    }
}
