// What the ledger's probes refer to: containers, networks, volumes and files of known names.
import Contracts
import Foundation
import ServiceKit
import TestSupport

struct LedgerFixture {
    let socket: EngineSocket
    let directory: String
    /// Values of `$NET`, `$DIR`, …
    let names: [String: String]

    static func make(_ engine: EngineUnderTest) async throws -> LedgerFixture {
        try await engine.importBusybox()
        let socket = EngineSocket(path: engine.layout.gatewaySocket, timeout: .seconds(60))
        let directory = "/tmp/\(engine.name)-ledger"
        try FileManager.default.createDirectory(atPath: directory + "/inner", withIntermediateDirectories: true)
        try Data("hello\n".utf8).write(to: URL(filePath: directory + "/greeting"))
        let net = subnet(of: engine)
        try await make(on: socket, net: net + "2")
        let names = [
            "NET": net + "2", "SUBNET": net + "1", "DIR": directory, "DISK": disk(), "HOSTNAME": HostFacts.name(),
            "PORT": "\(try TCPProbe.freePort())", "CGROUP": engine.cgroupParent,
        ]
        return LedgerFixture(socket: socket, directory: directory, names: names)
    }

    /// Beside the bridge's; a digit is to follow.
    private static func subnet(of engine: EngineUnderTest) -> String {
        let parts = engine.bridgeAddress.split(separator: ".").compactMap { Int($0) }
        return "10.\(parts[1]).\(parts[2] >= 128 ? 1 : 21)"
    }

    private static func make(on socket: EngineSocket, net: String) async throws {
        let version = "/v1.52"
        let ipv6 = #"{"Config":[{"Subnet":"fd00:6c65:6467::/64"},{"Subnet":"\#(net).0/24"}]}"#
        try await socket.succeed("POST", "\(version)/networks/create", json: #"{"Name":"ledger","EnableIPv6":true,"IPAM":\#(ipv6)}"#)
        try await socket.succeed("POST", "\(version)/networks/create", json: #"{"Name":"ledger-other"}"#)
        try await socket.succeed("POST", "\(version)/networks/create", json: #"{"Name":"ledger-config","ConfigOnly":true}"#)
        try await socket.succeed("POST", "\(version)/volumes/create", json: #"{"Name":"ledger-volume","Labels":{"role":"ledger"}}"#)
        let fill = "mkdir -p /donated/inner; echo hello > /donated/greeting; echo hello > /donated/inner/greeting; exec sleep 1000"
        let donor =
            #"{"Image":"busybox","Cmd":["sh","-c","\#(fill)"],"Labels":{"role":"donor"},"#
            + #""HostConfig":{"IpcMode":"shareable","Binds":["ledger-volume:/donated"]}}"#
        try await socket.succeed("POST", "\(version)/containers/create?name=donor", json: donor)
        try await socket.succeed("POST", "\(version)/containers/donor/start")
        let exited =
            #"{"Image":"busybox","Cmd":["sh","-c","echo one; echo two >&2; touch /made; exit 3"],"HostConfig":{"Links":["donor:given"]}}"#
        try await socket.succeed("POST", "\(version)/containers/create?name=exited", json: exited)
        try await socket.succeed("POST", "\(version)/containers/exited/start")
        try await socket.succeed("POST", "\(version)/containers/exited/wait")
        try await eventually("the donor's files") {
            try await socket.send("HEAD", "\(version)/containers/donor/archive?path=/donated/inner/greeting").status == 200 ? true : nil
        }
    }

    /// Whole disks that this machine has, the first of them.
    private static func disk() -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
        return "/dev/" + (names.filter { FileManager.default.fileExists(atPath: "/dev/\($0)") }.sorted().last ?? "loop0")
    }

    func remove() async throws {
        try await SampleContainers.remove(from: socket)
        for network in ["ledger", "ledger-other", "ledger-config"] { try await socket.succeed("DELETE", "/v1.52/networks/\(network)") }
        try await socket.succeed("DELETE", "/v1.52/volumes/ledger-volume")
        try FileManager.default.removeItem(atPath: directory)
    }
}

enum HostFacts {
    static func name() -> String {
        ((try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)) ?? "").trimmingCharacters(in: .newlines)
    }
}
