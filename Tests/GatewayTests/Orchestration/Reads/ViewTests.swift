// How containers look in lists and in inspect.
import Contracts
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct HumanTextTests {
    private static let second: Int64 = 1_000_000_000

    @Test(
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (119, "About a minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"), (3600, "About an hour"), (5399, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"),
            (48 * 3600, "2 days"),
            (13 * 86400, "13 days"), (14 * 86400, "2 weeks"), (60 * 86400, "2 months"), (730 * 86400, "2 years"),
        ] as [(Int64, String)])
    func durations(seconds: Int64, words: String) {
        #expect(HumanText.duration(seconds * Self.second) == words)
    }

    @Test func statuses() {
        var state = RunState()
        let now = 1000 * Self.second
        #expect(HumanText.status(state, now: now) == "Created")
        state.start(RunningContainer(pid: 1, startedAt: now - 180 * Self.second), in: nil)
        #expect(HumanText.status(state, now: now) == "Up 3 minutes")
        state.pause()
        #expect(HumanText.status(state, now: now) == "Up 3 minutes (Paused)")
        state.exit(ExitRecord(exitCode: 137, startedAt: 0, finishedAt: now - 5 * Self.second))
        #expect(HumanText.status(state, now: now) == "Exited (137) 5 seconds ago")
        state.beginRemoval()
        #expect(HumanText.status(state, now: now) == "Removal In Progress")
        state.failRemoval("x")
        #expect(HumanText.status(state, now: now) == "Dead")
    }
}

struct ProcessTableTests {
    private let output = """
        UID          PID    PPID  C STIME TTY          TIME CMD
        root           1       0  0 10:00 ?        00:00:01 /sbin/init
        www         4242       1  0 10:01 ?        00:00:00 nginx: master process
        """

    @Test func keepsTheContainersOwn() throws {
        let table = try ProcessTable.parse(output, pids: [4242, 9])
        #expect(table.titles == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
        #expect(table.processes == [["www", "4242", "1", "0", "10:01", "?", "00:00:00", "nginx: master process"]])
    }

    @Test func needsThePIDColumn() {
        #expect(throws: RPCError(.invalidParameter, "Couldn't find PID field in ps output")) {
            try ProcessTable.parse("USER CMD\nroot init\n", pids: [1])
        }
    }

    @Test(
        arguments: [
            (nil, ["-ef"]), ("", ["-ef"]), ("aux", ["aux"]), ("-o pid,cmd", ["-o", "pid,cmd"]), ("-o pid=PID", ["-o", "pid=PID"]),
        ]
            as [(String?, [String])])
    func arguments(text: String?, expected: [String]) throws {
        #expect(try ProcessTable.arguments(text) == expected)
    }

    @Test(arguments: ["-o uid=PID", "-o ppid=PID2", "-ocmd=PID"])
    func columnsThatPretendToBePID(text: String) {
        #expect { try ProcessTable.arguments(text) } throws: { ($0 as? RPCError)?.code == .invalidParameter }
    }
}

struct ViewTests {
    private func running() -> ContainerRecord {
        var config = ContainerConfig()
        config.exposedPorts = ["80/tcp": EmptyObject(), "53/udp": EmptyObject()]
        var host = HostConfig()
        host.networkMode = "bridge"
        let id = String(repeating: "a", count: 64)
        var record = ContainerRecord(
            ContainerDefinition(
                id: id, name: "web", createdAt: 5_000_000_000, path: "sh", arguments: ["-c", "sleep 1"], config: config, hostConfig: host,
                imageID: "sha256:1", platform: "linux", manifestDigest: "", logPath: "/log", snapshot: FakeImages.snapshot(id), mounts: [],
                endpoints: ["bridge": EndpointSettings()]))
        let endpoint = EndpointRecord(
            networkName: "bridge", networkID: "n1", endpointID: "e1", interface: "eth0", macAddress: "02:00:00:00:00:01",
            ipv4Address: "172.17.0.2", ipv4PrefixLength: 16, ipv4Gateway: "172.17.0.1")
        let port = PublishedPort(containerPort: 80, transport: .tcp, hostAddress: "0.0.0.0", hostPort: 8080)
        record.state.start(
            RunningContainer(pid: 7, startedAt: 6_000_000_000),
            in: SandboxRecord(
                containerID: id, namespacePath: "/ns", endpoints: [endpoint], ports: [port], hostsPath: "/h", hostnamePath: "/n",
                resolvConfPath: "/r"))
        return record
    }

    @Test func aRunningContainer() {
        let inspect = ContainerView(record: running()).inspect
        #expect(inspect.name == "/web" && inspect.state.running && inspect.state.pid == 7 && inspect.state.status == .running)
        #expect(inspect.state.startedAt.rfc3339 == "1970-01-01T00:00:06Z" && inspect.state.finishedAt == .never)
        #expect(inspect.networkSettings.ports["80/tcp"] == [HostPort(hostIP: "0.0.0.0", hostPort: "8080")])
        #expect(inspect.networkSettings.ports["53/udp"] == .some(nil))
        #expect(inspect.networkSettings.networks["bridge"]?.ipAddress == "172.17.0.2")
        #expect(inspect.hostsPath == "/h" && inspect.graphDriver?.data?["LowerDir"] == "/l2:/l1")
    }

    @Test func aStoppedContainerHasNoAddress() {
        var record = running()
        record.state.exit(ExitRecord(exitCode: 0, startedAt: 6_000_000_000, finishedAt: 7_000_000_000))
        let inspect = ContainerView(record: record).inspect
        #expect(inspect.networkSettings.ports.isEmpty && inspect.networkSettings.networks["bridge"]?.ipAddress == "")
        #expect(inspect.networkSettings.sandboxKey == "" && inspect.resolvConfPath == "/r" && inspect.state.pid == 0)
    }

    @Test func aStoppedContainerKeepsTheIDsOfItsNetworksUntilItLeavesThem() {
        var record = running()
        record.definition.endpoints["bridge"]?.ipAddress = "172.17.0.9"
        record.state.exit(ExitRecord(exitCode: 0, startedAt: 6_000_000_000, finishedAt: 7_000_000_000))
        let left = ContainerView(record: record).inspect.networkSettings.networks["bridge"]
        #expect(left?.networkID == "n1" && left?.endpointID == "" && left?.gateway == "" && left?.ipAddress == "" && left?.ipPrefixLen == 0)
        record.state.forgetNetwork(named: "bridge")
        #expect(NetworkView(record: record).networks["bridge"]?.networkID == "")
        record.definition.endpoints = [:]
        #expect(NetworkView(record: record).networks.isEmpty)
    }

    @Test func theHardwareAddressAskedForIsSeenUntilTheFirstRunEnds() {
        var record = running()
        let address = { ContainerView(record: record).inspect.networkSettings.networks["bridge"]?.macAddress }
        record.definition.endpoints["bridge"]?.macAddress = "02:00:00:00:00:09"
        #expect(address() == "02:00:00:00:00:01")
        let state = record.state
        record.state = RunState()
        #expect(address() == "02:00:00:00:00:09")
        record.state = state
        record.state.exit(ExitRecord(exitCode: 0, startedAt: 6_000_000_000, finishedAt: 7_000_000_000))
        #expect(address() == "")
    }

    @Test func aListEntry() {
        let summary = ContainerView(record: running()).summary(now: 8_000_000_000)
        #expect(
            summary.names == ["/web"] && summary.command == "sh -c 'sleep 1'" && summary.created == 5 && summary.status == "Up 2 seconds")
        #expect(summary.ports.map(\.privatePort) == [53, 80] && summary.ports.map(\.publicPort) == [0, 8080])
    }

    @Test(
        arguments: [
            (["name": ["^web$"]], true), (["name": ["^/web"]], true), (["name": ["we"]], true), (["name": ["^e"]], false),
            (["id": ["aaa"]], true),
            (["id": ["b"]], false), (["status": ["running"]], true), (["status": ["exited"]], false), (["exited": ["0"]], false),
            (["network": ["bridge"]], true), (["network": ["n1"]], true), (["network": ["host"]], false), (["expose": ["80"]], true),
            (["expose": ["81/tcp"]], false), (["expose": ["50-90/tcp"]], true), (["publish": ["80"]], false), (["publish": ["8080"]], true),
            (["name": ["("]], false),
            (["health": ["none"]], true),
            (["health": ["healthy"]], false), (["is-task": ["false"]], true), (["is-task": ["true"]], false),
            (["ancestor": ["busybox"]], true),
        ] as [([String: [String]], Bool)])
    func filters(fields: [String: [String]], expected: Bool) throws {
        let filter = try ContainerFilter(Filters(fields), containers: { _ throws(RPCError) in running() }, images: ["sha256:1"])
        #expect(filter.matches(running()) == expected)
    }

    /// Its image's name may have moved on to another image since.
    @Test func whatIsOfNoImageAskedForIsLeftOut() throws {
        var record = running()
        record.definition.config.image = "busybox"
        for (images, expected) in [(["sha256:1"], true), (["sha256:2"], false), ([], false)] as [(Set<String>, Bool)] {
            let fields = Filters(["ancestor": ["busybox"]])
            let filter = try ContainerFilter(fields, containers: { _ throws(RPCError) in running() }, images: images)
            #expect(filter.matches(record) == expected)
        }
    }

    @Test(arguments: [
        ["status": ["up"]], ["exited": ["x"]], ["health": ["ill"]], ["publish": ["x"]], ["is-task": ["perhaps"]],
    ])
    func badFilters(fields: [String: [String]]) {
        #expect { try ContainerFilter(Filters(fields), containers: { _ throws(RPCError) in running() }, images: nil) } throws: {
            ($0 as? RPCError)?.code == .invalidParameter
        }
    }
}

struct SandboxRequestTests {
    private func request(_ change: (inout ContainerDefinition) -> Void) throws -> CreateSandbox.Request {
        var record = ContainerRecord(
            ContainerDefinition(
                id: "c", name: "web", createdAt: 1, path: "sh", arguments: [], config: ContainerConfig(), hostConfig: HostConfig(),
                imageID: "", platform: "linux", manifestDigest: "", logPath: "", snapshot: FakeImages.snapshot("c"), mounts: [],
                endpoints: ["bridge": EndpointSettings()]))
        record.definition.hostConfig.networkMode = "bridge"
        change(&record.definition)
        return SandboxRequestBuilder(record: record).request()
    }

    @Test func theModesNetworkComesFirst() throws {
        let request = try request { definition in
            definition.hostConfig.networkMode = "own"
            definition.endpoints = ["zoo": .init(), "own": .init(), "app": .init()]
        }
        #expect(request.mode == .own && request.endpoints.map(\.network) == ["own", "app", "zoo"])
    }

    @Test(arguments: ["host", "none", "container:x"])
    func modesWithoutNetworksPublishNothing(mode: String) throws {
        let request = try request { definition in
            definition.hostConfig.networkMode = mode
            definition.endpoints = [mode: EndpointSettings()]
            definition.hostConfig.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "1")]]
        }
        #expect(request.endpoints.isEmpty && request.ports.isEmpty)
    }

    @Test func aPortThatIsExposedTwiceIsPublishedOnce() throws {
        let request = try request { definition in
            definition.config.exposedPorts = ["80/tcp": .init(), "80-81/tcp": .init()]
            definition.hostConfig.publishAllPorts = true
        }
        #expect(request.ports.map(\.containerPort) == [80, 81])
    }

    @Test func portsAreTakenApart() throws {
        let request = try request { definition in
            definition.config.exposedPorts = ["80/tcp": .init(), "90-91/udp": .init()]
            definition.hostConfig.publishAllPorts = true
            definition.hostConfig.portBindings = [
                "80/tcp": [HostPort(hostIP: "127.0.0.1", hostPort: "8000-8005")], "70-71/tcp": [HostPort(hostIP: "", hostPort: "700-701")],
                "60/tcp": [],
            ]
        }
        #expect(
            request.ports == [
                PortBinding(containerPort: 60, transport: .tcp),
                PortBinding(containerPort: 70, transport: .tcp, hostPortFirst: 700, hostPortLast: 700),
                PortBinding(containerPort: 71, transport: .tcp, hostPortFirst: 701, hostPortLast: 701),
                PortBinding(containerPort: 80, transport: .tcp, hostAddress: "127.0.0.1", hostPortFirst: 8000, hostPortLast: 8005),
                PortBinding(containerPort: 90, transport: .udp), PortBinding(containerPort: 91, transport: .udp),
            ])
    }
}
