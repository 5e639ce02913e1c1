// What a request takes from its image and from the engine's defaults.
import Contracts
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct ImageMergeTests {
    private func image() -> ImageRunConfig {
        var image = ImageRunConfig()
        image.entrypoint = ["/init"]
        image.cmd = ["serve"]
        image.env = ["A=image", "B=image"]
        image.labels = ["l": "image", "m": "image"]
        image.workingDir = "/srv"
        image.user = "www"
        image.stopSignal = "INT"
        image.exposedPorts = ["80/tcp": EmptyObject()]
        image.volumes = ["/data": EmptyObject()]
        return image
    }

    @Test(
        arguments: [
            (nil, nil, ["/init"], ["serve"]), (nil, ["x"], ["/init"], ["x"]), (["/own"], nil, ["/own"], nil),
            (["/own"], ["x"], ["/own"], ["x"]),
            ([""], ["x"], nil, ["x"]), ([], ["x"], nil, ["x"]), (nil, [], ["/init"], ["serve"]),
        ] as [([String]?, [String]?, [String]?, [String]?)])
    func commands(entrypoint: [String]?, cmd: [String]?, mergedEntrypoint: [String]?, mergedCmd: [String]?) throws {
        var config = ContainerConfig()
        config.entrypoint = entrypoint
        config.cmd = cmd
        let merged = try ImageMerge.merge(config, image: image())
        #expect(merged.entrypoint == mergedEntrypoint)
        #expect((merged.cmd ?? []) == (mergedCmd ?? []))
    }

    @Test(arguments: [[""], []])
    func aResetEntrypointWithoutACommandIsAnError(entrypoint: [String]) {
        var config = ContainerConfig()
        config.entrypoint = entrypoint
        #expect(throws: RPCError(.invalidParameter, "no command specified")) { try ImageMerge.merge(config, image: image()) }
        #expect(throws: RPCError.self) { try ImageMerge.merge(ContainerConfig(), image: nil) }
    }

    @Test func theRequestWins() throws {
        var config = ContainerConfig()
        config.env = ["A=own"]
        config.labels = ["l": "own"]
        config.user = "root"
        config.exposedPorts = ["81/tcp": EmptyObject()]
        let merged = try ImageMerge.merge(config, image: image())
        #expect(merged.env == ["A=own", "B=image"])
        #expect(merged.labels == ["l": "own", "m": "image"])
        #expect(merged.user == "root" && merged.workingDir == "/srv" && merged.stopSignal == "INT")
        #expect(Set(merged.exposedPorts.keys) == ["80/tcp", "81/tcp"])
        #expect(merged.volumes?.keys.sorted() == ["/data"])
    }

    @Test func aPortWithoutItsProtocolIsTheImages() throws {
        var config = ContainerConfig()
        config.exposedPorts = ["80": EmptyObject(), "53/UDP": EmptyObject(), "90-91": EmptyObject()]
        #expect(Set(try ImageMerge.merge(config, image: image()).exposedPorts.keys) == ["80/tcp", "53/udp", "90-91"])
    }

    @Test func noVolumesAreNull() throws {
        var config = ContainerConfig()
        (config.image, config.volumes, config.cmd) = ("app", [:], ["x"])
        #expect(try ImageMerge.merge(config, image: nil).volumes == nil)
    }

    @Test func healthIsInheritedFieldByField() throws {
        var image = image()
        image.healthcheck = HealthConfig()
        image.healthcheck?.test = ["CMD", "probe"]
        image.healthcheck?.interval = 5
        image.healthcheck?.retries = 2
        var config = ContainerConfig()
        config.healthcheck = HealthConfig()
        config.healthcheck?.interval = 9
        let merged = try ImageMerge.merge(config, image: image).healthcheck
        #expect(merged?.test == ["CMD", "probe"] && merged?.interval == 9 && merged?.retries == 2)
    }

    @Test(arguments: [("/tmp/", "/tmp"), ("/a//b/./../c", "/a/c"), ("/", "/"), ("", "/srv")])
    func workingDirectoriesAreCleaned(given: String, kept: String) throws {
        var config = ContainerConfig()
        config.workingDir = given
        #expect(try ImageMerge.merge(config, image: image()).workingDir == kept)
    }
}

struct AdaptationTests {
    private func adapted(_ facts: HostFacts = .sample, _ change: (inout HostConfig) -> Void = { _ in }) throws -> HostConfig {
        var config = HostConfig()
        change(&config)
        return try HostConfigAdaptation(
            facts: facts,
            resolve: { reference throws(RPCError) in
                guard let id = Self.containers[reference] else { throw RPCError(.notFound, "No such container: \(reference)") }
                return id
            }, networkMode: { ["full": "bridge", "host-id": "host", "side-id": "container:full", "low-id": "container:host-id"][$0] },
            name: "me"
        ).adapt(config)
    }

    private static let containers = ["db": "full", "host": "host-id", "side": "side-id", "low": "low-id"]

    @Test func defaults() throws {
        let config = try adapted()
        #expect(config.shmSize == 64 << 20 && config.ipcMode == "private" && config.cgroupnsMode == "private")
        #expect(config.networkMode == "bridge" && config.restartPolicy.name == "no" && config.oomKillDisable == false)
        #expect(config.logConfig == LogConfig(type: "json-file", config: [:]))
        #expect(config.maskedPaths?.contains("/proc/kcore") == true && config.readonlyPaths == StandardPaths.readonly)
    }

    @Test func hostsWithCgroup1ShareTheCgroupNamespace() throws {
        var facts = HostFacts.sample
        facts.cgroupVersion = 1
        #expect(try adapted(facts).cgroupnsMode == "host")
    }

    @Test(arguments: [(64, 0, 128), (64, 100, 100), (64, -1, -1), (0, 0, 0)] as [(Int64, Int64, Int64)])
    func swap(memory: Int64, swap: Int64, expected: Int64) throws {
        #expect(try adapted { ($0.memory, $0.memorySwap) = (memory, swap) }.memorySwap == expected)
    }

    @Test func containersAreResolved() throws {
        #expect(try adapted { $0.networkMode = "container:db" }.networkMode == "container:full")
        #expect(try adapted { $0.pidMode = "container:db" }.pidMode == "container:full")
        #expect(throws: RPCError(.invalidParameter, "No such container: x")) { try adapted { $0.pidMode = "container:x" } }
    }

    @Test func aContainerHasNoNamespaceOfItsOwnToJoin() throws {
        let error = #expect(throws: RPCError.self) { try adapted { $0.networkMode = "container:me" } }
        #expect(error?.code == .invalidParameter && error?.message.contains("cannot join own network") == true)
    }

    @Test(arguments: ["container", "container:"])
    func aModeNamesItsContainer(mode: String) throws {
        let words = "invalid network mode: invalid container format container:<name|id>"
        #expect(throws: RPCError(.invalidParameter, words)) { try adapted { $0.networkMode = mode } }
    }

    @Test func linksLeadToWhoHasTheNetwork() throws {
        #expect(try adapted { $0.links = ["db:a", "side:b"] }.links == ["full:a", "full:b"])
        let words = "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
        for link in ["host:a", "low:a"] {
            #expect(throws: RPCError(.invalidParameter, words)) { try adapted { $0.links = [link] } }
        }
    }

    @Test func pathsAreMaskedUnlessSaidOtherwise() throws {
        #expect(try adapted { $0.maskedPaths = [] }.maskedPaths == [])
        #expect(try adapted { $0.privileged = true }.readonlyPaths == [])
        #expect(try adapted { $0.pidsLimit = 0 }.pidsLimit == nil)
        #expect(try adapted { $0.pidsLimit = 5 }.pidsLimit == 5)
    }
}

struct MountPlanTests {
    private func plan(_ change: (inout HostConfig) -> Void) -> (plan: MountPlan, report: SettingsReport) {
        var config = HostConfig()
        change(&config)
        var report = SettingsReport()
        return (MountPlan(config, &report), report)
    }

    private func mount(_ type: String, _ source: String, _ target: String) -> MountRequest {
        var mount = MountRequest()
        (mount.type, mount.source, mount.target) = (type, source, target)
        return mount
    }

    @Test func shallowMountsComeFirst() {
        let (plan, report) = plan { config in
            config.binds = ["/x:/a/b/c"]
            config.tmpfs = ["/a": "size=1m"]
            config.mounts = [mount("bind", "/", "/a/b")]
        }
        #expect(report.faults.isEmpty)
        #expect(plan.specs.map(\.destination) == ["/a", "/a/b", "/a/b/c"])
        #expect(plan.mounts.compactMap { $0.point?.destination } == ["/a/b", "/a/b/c"])
    }

    @Test func tmpfsOptionsOverrideTheDefaults() {
        let (plan, _) = plan { $0.tmpfs = ["/t": "exec,size=1m,ro"] }
        #expect(plan.specs[0].options == ["nosuid", "nodev", "exec", "size=1m"])
        #expect(plan.specs[0].readonly)
        var request = mount("tmpfs", "", "/t")
        request.tmpfsOptions = .init()
        request.tmpfsOptions?.sizeBytes = 4096
        request.tmpfsOptions?.mode = 0o1770
        let (other, _) = self.plan { $0.mounts = [request] }
        #expect(other.specs[0].options == ["noexec", "nosuid", "nodev", "size=4096", "mode=1770"])
    }

    @Test(arguments: [
        ("npipe", "v", "/t", "mounts of this type are not available"),
        ("floppy", "v", "/t", "mount type unknown"), ("bind", "", "/t", "field Source must not be empty"),
        ("bind", "rel", "/t", "mount path must be absolute"), ("bind", "/", "", "field Target must not be empty"),
        ("bind", "/", "t", "mount path must be absolute"), ("bind", "/", "/x/..", "destination can't be '/'"),
        ("bind", "/surely/not/there", "/t", "bind source path does not exist: /surely/not/there"),
        ("tmpfs", "/s", "/t", "field Source must not be specified"),
    ])
    func badMounts(type: String, source: String, target: String, words: String) {
        let (plan, report) = plan { $0.mounts = [mount(type, source, target)] }
        #expect(report.faults.count == 1 && report.faults[0].contains(words) && plan.specs.isEmpty)
    }

    @Test func optionsOfAnotherTypeAreRefused() {
        var request = mount("bind", "/", "/t")
        request.tmpfsOptions = .init()
        let (_, report) = plan { $0.mounts = [request] }
        #expect(report.faults == ["invalid mount config for type \"bind\": field TmpfsOptions must not be specified"])
    }

    @Test func onlyBindsAndCreateMountpointMakeTheirSource() {
        var request = mount("bind", "/surely/not/there", "/t")
        request.bindOptions = .init()
        request.bindOptions?.createMountpoint = true
        let (plan, report) = self.plan { ($0.binds, $0.mounts) = (["/also/not:/b"], [request]) }
        #expect(report.faults.isEmpty && plan.specs.allSatisfy(\.createsSource))
    }
}
