// In dockerd's place: called as dockerd is by what launches it, with its flags, and what containers have of them.
import Contracts
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct DropInTests {
    private let engine = EngineUnderTest()
    private var directory: String { "/tmp/\(engine.name)-drop-in" }
    private var program: String { "\(directory)/berthd" }

    /// A directory with the program under its other name.
    private func prepare() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: "\(engine.binaries)/berthctl")
    }

    /// As a build machine has it, besides what keeps this engine apart from others.
    private func line(port: UInt16) -> [String] {
        [
            "--host=unix://\(directory)/docker.sock", "--host=tcp://127.0.0.1:\(port)", "--tls=false", "-p", "\(directory)/docker.pid",
            "--storage-driver=overlay2", "--log-driver=json-file", "--log-opt", "max-size=10m", "--log-opt=max-file=2",
            "--default-ulimit", "nofile=1024:2048", "--default-shm-size=5M", "--mtu", "1400", "--live-restore=true",
            "--userland-proxy=false", "--icc=true", "--init", "--seccomp-profile=unconfined", "--min-api-version", "1.24",
            "--default-network-opt=bridge=com.docker.network.driver.mtu=1320", "--host-gateway-ip", "192.0.2.7",
            "--host-gateway-ip=2001:db8::7", "--dns", "192.0.2.53", "--dns-opt=ndots:3", "--label", "runner=7", "--exec-opt",
            "native.cgroupdriver=cgroupfs", "--containerd=/run/containerd/containerd.sock", "--shutdown-timeout", "15",
            "--max-concurrent-downloads=10", "--experimental=false", "--feature=buildkit",
        ]
    }

    @Test func whatLaunchesDockerdLaunchesThisEngine() async throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try AccessTests.freePort()
        do {
            try await engine.start(program: program, flags: line(port: port) + (try await engine.unprivilegedGateway() ?? []))
            try await engine.importBusybox()
            try await checkContainer()
            try await checkNetwork()
            try await checkAddresses(port)
            try checkFiles()
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
        #expect(access("\(directory)/docker.pid", F_OK) != 0, "the file goes with the engine")
    }

    private func checkContainer() async throws {
        let script = """
            ulimit -n; ulimit -Hn; df -m /dev/shm | awk 'NR == 2 { print $2 }'; cat /sys/class/net/eth0/mtu
            [ $$ -gt 1 ] && echo behind an init
            grep Seccomp: /proc/self/status; grep gate /etc/hosts; grep -v '^#' /etc/resolv.conf
            """
        let seen = try await engine.dockerOutput(
            "run", "--name", "job", "--add-host", "gate:host-gateway", "busybox", "sh", "-c", script)
        let expected = [
            "1024", "2048", "5", "1400", "behind", "an", "init", "Seccomp:", "0", "192.0.2.7", "gate", "2001:db8::7", "gate", "nameserver",
            "192.0.2.53",
        ]
        let words = seen.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(Array(words.prefix(expected.count)) == expected, "\(seen)")
        #expect(seen.contains("options ndots:3"), "\(seen)")
        let log = try await engine.dockerOutput("inspect", "-f", "{{json .HostConfig.LogConfig}}", "job")
        #expect(log == #"{"Type":"json-file","Config":{"max-file":"2","max-size":"10m"}}"#, "\(log)")
        let info = try await engine.dockerOutput("info", "-f", "{{.Labels}} {{.LiveRestoreEnabled}} {{.SecurityOptions}}")
        #expect(info.hasPrefix("[runner=7] true [name=seccomp,profile=unconfined"), "\(info)")
    }

    /// A network of the pool of the command line, with the option that networks get.
    private func checkNetwork() async throws {
        try await engine.dockerOutput("network", "create", "apart")
        let format = "{{(index .IPAM.Config 0).Subnet}} {{index .Options \"com.docker.network.driver.mtu\"}}"
        let network = try await engine.dockerOutput("network", "inspect", "-f", format, "apart")
        #expect(network.wholeMatch(of: /10\.2\d\d\.\d+\.0\/24 1320/) != nil, "\(network)")
        let mtu = try await engine.dockerOutput("run", "--rm", "--network", "apart", "busybox", "cat", "/sys/class/net/eth0/mtu")
        #expect(mtu == "1320")
        try await engine.dockerOutput("network", "rm", "apart")
    }

    private func checkAddresses(_ port: UInt16) async throws {
        for address in ["unix://\(directory)/docker.sock", "tcp://127.0.0.1:\(port)"] {
            let result = try await Command(
                EngineUnderTest.client, ["-H", address, "version", "-f", "{{.Server.MinAPIVersion}}"], timeout: .seconds(60)
            ).run()
            #expect(result.line == "1.24", "\(address): \(result)")
        }
        let old = try await Command("/usr/bin/curl", ["-s", "-m", "10", "http://127.0.0.1:\(port)/v1.23/info"]).run()
        #expect(old.text.contains("client version 1.23 is too old. Minimum supported API version is 1.24"), "\(old)")
    }

    private func checkFiles() throws {
        let pid = try String(contentsOfFile: "\(directory)/docker.pid", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try engine.supervisorPID().map { "\($0)" } == pid)
        let log = try String(contentsOfFile: "\(engine.logs)/gateway.log", encoding: .utf8)
        for key in ["key 'containerd'", "key 'shutdown-timeout'", "feature 'buildkit'"] {
            #expect(log.split(separator: "\n").count { $0.contains("\(key)") && $0.contains("has no effect") } == 1, "\(key)")
        }
    }

    /// As systemd starts dockerd: with a socket that it opened, and waiting for word that the engine is ready.
    @Test func aServiceManagersSocketIsServedAndItIsTold() async throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let flags = [
            "-H", "fd://", "--containerd=/run/containerd/containerd.sock", "--data-root", engine.layout.root, "--exec-root",
            engine.layout.run, "--bridge", engine.bridge, "--bip", engine.bip, "--nftables-table", engine.nftablesTable,
            "--cgroup-parent", engine.cgroupParent,
        ]
        do {
            let notice = try await Command(
                "/usr/bin/python3", ["-c", Self.serviceManager, directory, program] + flags, timeout: .seconds(120)
            ).run()
            #expect(notice.text.hasPrefix("READY=1\n"), "\(notice)")
            let address = "unix://\(directory)/activated.sock"
            let version = try await Command(
                EngineUnderTest.client, ["-H", address, "version", "-f", "{{.Server.Os}}"], timeout: .seconds(60)
            ).run()
            #expect(version.line == "linux", "\(version)")
            // It is served by the next gateway too.
            kill(try #require(try engine.pid(of: .gateway)), SIGKILL)
            let again = try await Command(EngineUnderTest.client, ["-H", address, "ps", "-q"], timeout: .seconds(60)).run()
            #expect(again.code == 0, "\(again)")
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    /// Starts a program with a listening socket, and tells what it says when it is ready.
    private static let serviceManager = """
        import os, socket, sys
        place, program = sys.argv[1], sys.argv[2]
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(place + "/notify")
        notices.settimeout(60)
        if os.fork() == 0:
            os.setsid()
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(place + "/activated.sock")
            listener.listen(16)
            log = os.open(place + "/log", os.O_WRONLY | os.O_CREAT, 0o600)
            null = os.open("/dev/null", os.O_RDONLY)
            given = [os.dup(descriptor) for descriptor in (null, log, log, listener.fileno())]
            for number, descriptor in enumerate(given):
                os.dup2(descriptor, number)
            os.environ.update(
                LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="docker.socket", NOTIFY_SOCKET=place + "/notify")
            os.execv(program, sys.argv[2:])
        sys.stdout.write(notices.recv(4096).decode())
        """

    @Test func withoutSocketsThereIsNothingToServe() async throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let paths = ["--data-root", "\(directory)/root", "--exec-root", "\(directory)/run"]
        let result = try await Command(program, ["-H", "fd://"] + paths, timeout: .seconds(60)).run()
        #expect(result.code == 1 && result.errorText.contains("no sockets found via socket activation"), "\(result)")
    }

    @Test(
        arguments: [
            (#"{"bip": "10.9.0.1/24", "log-driver": "local"}"#, nil), (#"{"bip": "10.9.0.1"}"#, "key 'bip'"),
            (#"{"bridge-accept-fwmark": "red"}"#, "key 'bridge-accept-fwmark' must be mark or mark/mask"),
            (#"{"log-driver": "nowhere"}"#, "log-driver"), (#"{"unknown": 1}"#, "unknown or unsupported key 'unknown'"),
            (#"{"seccomp-profile": "/nonexistent"}"#, "opening seccomp profile (/nonexistent) failed"),
            (#"{"hosts": ["tcp://0.0.0.0:2375"]}"#, "without TLS"), (#"{"group": "no-such-group"}"#, "no-such-group"),
            (#"{"host-gateway-ips": ["10.0.0.1", "10.0.0.2"]}"#, "only one IPv4"),
        ] as [(String, String?)])
    func aConfigurationIsCheckedAndNothingStarted(json: String, fault: String?) async throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(json.utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
        let paths = ["--data-root", "\(directory)/root", "--exec-root", "\(directory)/run"]
        let result = try await Command(
            program, ["--validate", "--config-file", "\(directory)/daemon.json"] + paths, timeout: .seconds(60)
        ).run()
        #expect(result.errorText.contains(fault ?? "configuration OK"), "\(result)")
        #expect((result.code == 0) == (fault == nil), "\(result)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["berthd", "daemon.json"])
    }
}
