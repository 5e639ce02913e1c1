// dockerd's flags in berthctl up: each is as its key in daemon.json, or refused with the reason.
import ArgumentParser
import Contracts
import Foundation
import RegexBuilder
import ServiceKit
import Testing

@testable import berthctl

@Suite struct DockerdFlagTests {
    private func command(_ arguments: [String], calledAs path: String = "/usr/bin/berthctl") throws -> UpCommand {
        let whole = path.hasSuffix("berthctl") ? ["up"] + arguments : arguments
        return try #require(try Berthctl.parseAsRoot(DockerdArguments.normalised(whole, calledAs: path)) as? UpCommand)
    }

    private func configuration(_ line: String, over file: EngineConfiguration = EngineConfiguration()) throws -> EngineConfiguration {
        try command(line.split(separator: " ").map(String.init)).configuration(over: file)
    }

    private func parse(_ json: String) throws -> EngineConfiguration {
        try EngineConfiguration.parse(Data(json.utf8), path: "daemon.json")
    }

    /// What flags say, and the file that says the same.
    static let rows: [(flags: String, file: String)] = [
        ("-H unix:///a.sock --host=tcp://127.0.0.1:1 -Hfd://", #"{"hosts": ["unix:///a.sock", "tcp://127.0.0.1:1", "fd://"]}"#),
        ("-G docker", #"{"group": "docker"}"#),
        ("--tls --tlscert /c --tlskey /k", #"{"tls": true, "tlscert": "/c", "tlskey": "/k"}"#),
        ("--tls=false", #"{"tls": false}"#),
        (
            "--tlsverify=TRUE --tls=f --tlscacert=/a --tlscert=/c --tlskey=/k",
            #"{"tlsverify": true, "tlscacert": "/a", "tlscert": "/c", "tlskey": "/k"}"#
        ),
        ("--metrics-addr 127.0.0.1:9323", #"{"metrics-addr": "127.0.0.1:9323"}"#),
        ("--min-api-version 1.24", #"{"min-api-version": "1.24"}"#),
        (
            "--log-driver local --log-opt max-size=10m --log-opt max-file=3",
            #"{"log-driver": "local", "log-opts": {"max-size": "10m", "max-file": "3"}}"#
        ),
        (
            "--default-ulimit nofile=1024:2048 --default-ulimit=nproc=7 --default-ulimit core=-1",
            #"{"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048},"#
                + #" "nproc": {"Name": "nproc", "Soft": 7, "Hard": 7}, "core": {"Name": "core", "Soft": -1, "Hard": -1}}}"#
        ),
        ("--default-shm-size 3M", #"{"default-shm-size": "3M"}"#), ("--default-stop-timeout 3", #"{"default-stop-timeout": 3}"#),
        ("--default-ipc-mode shareable", #"{"default-ipc-mode": "shareable"}"#),
        ("--default-cgroupns-mode host", #"{"default-cgroupns-mode": "host"}"#),
        ("--init --no-new-privileges=1", #"{"init": true, "no-new-privileges": true}"#),
        ("--seccomp-profile unconfined", #"{"seccomp-profile": "unconfined"}"#), ("--seccomp-profile=/p", #"{"seccomp-profile": "/p"}"#),
        ("--allow-direct-routing --bridge-accept-fwmark 0x1/0x3", #"{"allow-direct-routing": true, "bridge-accept-fwmark": "0x1/0x3"}"#),
        ("--mtu 1400 --userland-proxy=false", #"{"mtu": 1400, "userland-proxy": false}"#),
        (
            "--default-network-opt bridge=a=1 --default-network-opt=bridge=b=2 --default-network-opt macvlan=c=x=y",
            #"{"default-network-opts": {"bridge": {"a": "1", "b": "2"}, "macvlan": {"c": "x=y"}}}"#
        ),
        (
            "--dns 10.0.0.1 --dns fd00::1 --dns-search a.b --dns-opt ndots:2",
            #"{"dns": ["10.0.0.1", "fd00::1"], "dns-search": ["a.b"], "dns-opts": ["ndots:2"]}"#
        ),
        ("--host-gateway-ip 10.0.0.1 --host-gateway-ip fd00::1", #"{"host-gateway-ips": ["10.0.0.1", "fd00::1"]}"#),
        ("-b br9 --bip 10.9.0.1/24 --bip6 fd00::1/64", #"{"bridge": "br9", "bip": "10.9.0.1/24", "bip6": "fd00::1/64"}"#),
        ("--fixed-cidr 10.9.0.0/25 --fixed-cidr-v6 fd00::/64", #"{"fixed-cidr": "10.9.0.0/25", "fixed-cidr-v6": "fd00::/64"}"#),
        ("--default-gateway 10.9.0.9 --default-gateway-v6 fd00::9", #"{"default-gateway": "10.9.0.9", "default-gateway-v6": "fd00::9"}"#),
        ("--ip 127.0.0.1 --icc=false --ip-masq=0 --ipv6=t", #"{"ip": "127.0.0.1", "icc": false, "ip-masq": false, "ipv6": true}"#),
        ("--default-address-pool base=10.1.0.0/16,size=24", #"{"default-address-pools": [{"base": "10.1.0.0/16", "size": 24}]}"#),
        ("--cgroup-parent /p --userns-remap default", #"{"cgroup-parent": "/p", "userns-remap": "default"}"#),
        (
            "-D -p /run/e.pid --label a=b --experimental",
            #"{"debug": true, "pidfile": "/run/e.pid", "labels": ["a=b"], "experimental": true}"#
        ),
        ("--feature cdi=false --feature buildkit", #"{"features": {"cdi": false, "buildkit": true}}"#),
        ("--cdi-spec-dir /a --cdi-spec-dir=/b", #"{"cdi-spec-dirs": ["/a", "/b"]}"#),
        ("--cdi-spec-dir=", #"{"cdi-spec-dirs": []}"#),
        (
            "--registry-mirror https://m --insecure-registry r:5000",
            #"{"registry-mirrors": ["https://m"], "insecure-registries": ["r:5000"]}"#
        ),
        (
            "--max-concurrent-downloads 1 --max-concurrent-uploads 2 --max-download-attempts 3",
            #"{"max-concurrent-downloads": 1, "max-concurrent-uploads": 2, "max-download-attempts": 3}"#
        ),
        (
            "--http-proxy http://p --https-proxy http://q --no-proxy x",
            #"{"proxies": {"http-proxy": "http://p", "https-proxy": "http://q", "no-proxy": "x"}}"#
        ),
        // What has one value.
        ("-s overlay2 --storage-opt overlay2.override_kernel_check=true", "{}"), ("-soverlay2 --storage-driver=overlay2", "{}"),
        ("--live-restore --iptables --ip6tables=true --ip-forward=1 --selinux-enabled=false --rootless=F", "{}"),
        ("--no-selinux-enabled --ip-forward-no-drop=false", "{}"),
        ("--firewall-backend nftables --default-runtime runc --exec-opt native.cgroupdriver=cgroupfs --log-format text", "{}"),
        ("--cpu-rt-period 0 --cpu-rt-runtime=0 --oom-score-adjust 0 --network-diagnostic-port 0", "{}"),
        // What has no effect.
        (
            "--containerd /x --containerd-namespace a --containerd-plugins-namespace=b --cri-containerd",
            #"{"containerd": "/x", "containerd-namespace": "a", "containerd-plugins-namespace": "b", "cri-containerd": true}"#
        ),
        (
            "--shutdown-timeout -1 --userland-proxy-path /p --init-path /i --raw-logs",
            #"{"shutdown-timeout": -1, "userland-proxy-path": "/p", "init-path": "/i", "raw-logs": true}"#
        ),
        (
            "--swarm-default-advertise-addr eth0 --node-generic-resource a=1 --node-generic-resource=b=2 --network-control-plane-mtu 1500",
            #"{"swarm-default-advertise-addr": "eth0", "node-generic-resources": ["a=1", "b=2"], "network-control-plane-mtu": 1500}"#
        ),
        ("--allow-nondistributable-artifacts r", #"{"allow-nondistributable-artifacts": ["r"]}"#),
        ("--add-runtime a=/b --add-runtime=c=/d", #"{"runtimes": {"a": "/b", "c": "/d"}}"#),
    ]

    @Test(arguments: rows.map(\.flags)) func aFlagIsAsItsKey(flags: String) throws {
        let file = try #require(Self.rows.first { $0.flags == flags }?.file)
        #expect(try configuration(flags) == parse(file))
    }

    private static let refusals: [(flags: String, words: String)] = [
        ("--iptables=false", "key 'iptables' can only be true"), ("--no-live-restore", "key 'live-restore' can only be true"),
        ("-s btrfs", "key 'storage-driver' can only be overlay2"), ("--tlsverify", "key 'tlscert' is needed for TLS"),
        ("--default-runtime kata", "key 'default-runtime'"),
        ("--exec-opt native.cgroupdriver=systemd", "key 'exec-opts'"), ("--storage-opt overlay2.size=1G", "key 'storage-opts'"),
        ("--authorization-plugin p", "there are no plugins; scoped sockets"), ("--api-cors-header *", "key 'api-cors-header'"),
        ("--apparmor-profile p", "key 'apparmor-profile'"),
        ("--firewall-backend iptables", "key 'firewall-backend'"),
        ("--rootless", "key 'rootless'"), ("--selinux-enabled", "key 'selinux-enabled'"), ("--ip-forward=false", "key 'ip-forward'"),
        ("--ip6tables=false", "key 'ip6tables'"), ("--ip-forward-no-drop", "key 'ip-forward-no-drop'"),
        ("--log-format json", "key 'log-format'"),
        ("--cpu-rt-period 5", "ask for it by container"), ("--oom-score-adjust -500", "OOMScoreAdjust="),
        ("--bridge none", "can't be none"),
        ("--network-diagnostic-port 99", "key 'network-diagnostic-port'"), ("--feature x", "unknown or unsupported feature 'x'"),
        ("--feature cdi=maybe", "for \"--feature\" flag"), ("--shutdown-timeout soon", "for \"--shutdown-timeout\" flag"),
        ("--live-restore=perhaps", "for \"--live-restore\" flag"), ("--default-ulimit nofile", "must be key=value"),
        ("--default-ulimit nofile=a", "for \"--default-ulimit\" flag"), ("--default-ulimit nofile=9:1", "soft limit of nofile above"),
        ("--default-ulimit files=1", "invalid ulimit type: files"), ("--default-shm-size much", "invalid size: 'much'"),
        ("--log-opt max-size", "must be key=value"), ("--default-network-opt bridge=x", "must be key=value"),
        ("--default-network-opt overlay=a=b", "key 'default-network-opts'"), ("--min-api-version v1.24", "key 'min-api-version'"),
    ]

    @Test(arguments: refusals.map(\.flags)) func whatCannotBeIsRefusedByName(flags: String) throws {
        let words = try #require(Self.refusals.first { $0.flags == flags }?.words)
        let error = #expect(throws: ConfigurationError.self) { try configuration(flags) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["--icc=perhaps", "--storage-driver", "--unknown", "--mtu x", "stray"]) func whatIsNoFlagIsRefused(flags: String) {
        #expect(throws: (any Error).self) { try configuration(flags) }
    }

    /// Every flag of dockerd, from 20.10 to 29.
    private static let known = """
        add-runtime allow-direct-routing allow-nondistributable-artifacts api-cors-header apparmor-profile authorization-plugin
        bip bip6 bridge bridge-accept-fwmark cdi-spec-dir cgroup-parent config-file containerd containerd-namespace
        containerd-plugins-namespace cpu-rt-period cpu-rt-runtime cri-containerd data-root debug default-address-pool
        default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode default-network-opt default-runtime
        default-shm-size default-ulimit dns dns-opt dns-search exec-opt exec-root experimental feature firewall-backend
        fixed-cidr fixed-cidr-v6 group help host host-gateway-ip http-proxy https-proxy icc init init-path insecure-registry ip
        ip-forward ip-forward-no-drop ip-masq ip6tables iptables ipv6 label live-restore log-driver log-format log-level log-opt
        max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr mtu network-control-plane-mtu
        network-diagnostic-port no-new-privileges no-proxy node-generic-resource oom-score-adjust pidfile raw-logs
        registry-mirror rootless seccomp-profile selinux-enabled shutdown-timeout storage-driver storage-opt
        swarm-default-advertise-addr tls tlscacert tlscert tlskey tlsverify userland-proxy userland-proxy-path userns-remap
        validate version
        """

    /// Those in no table are in the help, for they have an effect; and those in a table are not.
    @Test func everyFlagOfDockerdsIsKnown() {
        let tabled = Set(EngineConfiguration.flaggedKeys.compactMap(\.flag))
        let help = UpCommand.helpMessage(columns: 200)
        for flag in Self.known.split(whereSeparator: \.isWhitespace).map(String.init) {
            let isShown = help.contains(Self.mention(flag))
            #expect(isShown != tabled.contains(flag), "--\(flag)")
        }
    }

    /// Followed by something else than more of a name.
    private static func mention(_ flag: String) -> some RegexComponent {
        Regex {
            "--\(flag)"
            NegativeLookahead { CharacterClass.word.union(.anyOf("-")) }
        }
    }

    @Test func flagsGoBeforeTheFile() throws {
        let file = try parse(
            #"""
            {"log-driver": "json-file", "log-opts": {"max-size": "1m", "max-file": "2"}, "debug": true, "dns": ["10.0.0.1"], "init": true,
             "hosts": ["tcp://127.0.0.1:1"], "labels": ["a=b"]}
            """#)
        let merged = try configuration("--log-opt max-size=2m --debug=false --dns 10.0.0.2 --init=false -H fd:// --label c=d", over: file)
        #expect(merged.containers.logOptions == ["max-size": "2m", "max-file": "2"] && !merged.debug && !merged.containers.usesInit)
        #expect(
            merged.lookups.servers == ["10.0.0.2"] && merged.hosts == ["tcp://127.0.0.1:1", "fd://"] && merged.labels == ["a=b", "c=d"])
        #expect(try configuration("--log-driver local", over: file).containers.logOptions == [:], "options are of a driver")
    }

    @Test(arguments: [("warn", "warning"), ("fatal", "critical"), ("debug", "debug"), ("notice", "notice")])
    func levelsHaveDockerdsNamesToo(name: String, level: String) throws {
        for arguments in [["-l", name], ["-l\(name)"], ["--log-level=\(name)"]] {
            #expect(try command(arguments).engine.logLevel?.rawValue == level)
        }
    }

    @Test func theDocumentNamesWhatDiffers() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "deploy/DOCKERD.md"), encoding: .utf8)
        let names = EngineConfiguration.fixedKeys.map(\.key.name) + EngineConfiguration.idleKeys.map(\.key.name)
        #expect(names.filter { !text.contains("`\($0)`") } == [])
    }

    // MARK: Under another name

    @Test func berthdIsTheSameCommand() throws {
        let line = [
            "--data-root", "/r", "--exec-root=/u", "-s", "overlay2", "--userland-proxy=false", "--containerd=/x", "--config-file", "/c",
        ]
        let made = try command(line, calledAs: "/usr/local/bin/berthd")
        #expect(made.engine.root == "/r" && made.engine.run == "/u" && made.engine.config == "/c")
        let configuration = try made.configuration(over: EngineConfiguration())
        #expect(configuration.notices == ["key 'containerd' has no effect: containers are run without containerd"])
        #expect(!configuration.userlandProxy)
    }

    @Test func berthdListensWhereDockerdDoes() throws {
        #expect(try command([], calledAs: "berthd").configuration(over: EngineConfiguration()).hosts == ["unix:///var/run/docker.sock"])
        #expect(try command(["-H", "fd://"], calledAs: "berthd").configuration(over: EngineConfiguration()).hosts == ["fd://"])
        #expect(try command([]).configuration(over: EngineConfiguration()).hosts == [])
    }

    @Test func socketsAreOpenedBeforeTheGatewayAndFilesAreItsOwn() throws {
        #expect(
            HostSockets.others(["unix:///a", "tcp://127.0.0.1:1", "fd://", "unix://", "unix://a"]) == [
                "tcp://127.0.0.1:1", "fd://", "unix://a",
            ])
        let directory = NSTemporaryDirectory() + "berth-hosts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let layout = EngineLayout(root: "/r", run: directory)
        let hosts = ["unix://\(directory)/a", "unix://\(directory)/a", "unix://\(layout.gatewaySocket)", "tcp://127.0.0.1:1"]
        let sockets = try HostSockets.open(hosts, group: getgid(), layout: layout)
        #expect(sockets.sockets.count == 1 && sockets.sockets[0].descriptor >= 256)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["a"])
        #expect(throws: ConfigurationError.self) { try HostSockets.open(hosts, group: getgid(), layout: layout) }
        sockets.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
    }

    @Test func keysAreCopiedForAGatewayWithoutPrivileges() throws {
        let directory = NSTemporaryDirectory() + "berth-keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = EngineConfiguration()
        configuration.hosts = ["unix:///a"]
        configuration.tls = .init(isOn: true, certificate: "\(directory)/c", key: "\(directory)/k")
        for name in ["c", "k"] { try name.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8) }
        let layout = EngineLayout(root: "/r", run: directory)
        #expect(try GatewayFiles(layout: layout, user: .root).handedOver(configuration).tls == configuration.tls)
        let files = GatewayFiles(layout: layout, user: EngineUser(name: "other", uid: 65533, gid: 65533))
        guard getuid() == 0 else { return }
        let own = try files.handedOver(configuration)
        #expect(own.hosts == [] && own.tls.key == "\(directory)/tls/key.pem" && own.tls.authority == nil)
        #expect(try String(contentsOfFile: "\(directory)/tls/key.pem", encoding: .utf8) == "k")
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/tls/key.pem")
        #expect(attributes[.posixPermissions] as? Int == 0o400 && attributes[.ownerAccountID] as? Int == 65533)
        configuration.tls.key = "\(directory)/none"
        #expect(throws: ConfigurationError("key 'tlskey': can't read \(directory)/none")) { try files.handedOver(configuration) }
        files.remove()
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/tls"))
    }

    @Test func otherCommandsAreLeftAlone() throws {
        #expect(try DockerdArguments.normalised(["down", "--tls=false", "-s"]) == ["down", "--tls=false", "-s"])
        #expect(try DockerdArguments.normalised(["-v"], calledAs: "berthd") == ["up", "--as-dockerd", "--version"])
        #expect(try DockerdArguments.normalised(["up", "--", "-s"]) == ["up", "--", "-s"])
    }
}
