// The tasks of `berth-bench containers`, on one engine.
import Foundation
import ServiceKit
import TestSupport

struct ContainerRound: Sendable {
    struct Amounts: Sendable {
        var containers: Int
        var execs: Int
        var seconds: Int
        var logBytes: Int
    }

    private static let lineCount = 100_000
    private static let server = ["sh", "-c", "echo fine > /index.html; exec httpd -f -p 80 -h /"]
    /// A line has 100 bytes with its newline.
    private static let makeLines = "yes \(String(repeating: "x", count: 99)) | head -n \(lineCount) > /lines"

    let subject: EngineSubject
    let amounts: Amounts

    /// Imports the image that all tasks use.
    init(subject: EngineSubject, amounts: Amounts) async throws {
        self.subject = subject
        self.amounts = amounts
        let archive = FileManager.default.temporaryDirectory.appendingPathComponent("busybox-\(UInt32.random(in: 0 ... .max)).tar").path
        defer { try? FileManager.default.removeItem(atPath: archive) }
        try Data(try await BusyboxImage.archive()).write(to: URL(fileURLWithPath: archive))
        try await subject.run(["import", archive, EngineUnderTest.image])
    }

    /// nil when the engine can't be measured so.
    func measure(_ task: ContainerTask) async throws -> [ContainerFigure]? {
        switch task {
        case .memory: try await memory()
        case .exec: try await exec()
        case .health: try await health(["--health-cmd", "true"])
        case .dials: subject.name == "berth" ? try await health(["--label", "berth.health.dial=http://:80"], Self.server) : nil
        case .logs: try await logs()
        }
    }

    private func start(_ name: String, _ flags: [String] = [], _ command: [String] = ["sleep", "100000"]) async throws {
        // More files than the host allows is podman's default.
        let own = subject.socket == nil ? ["--ulimit", "nofile=1024:1024"] : []
        try await subject.run(["run", "-d", "--network", "none", "--name", name] + own + flags + [EngineUnderTest.image] + command)
    }

    private func remove(_ names: [String]) async throws { try await subject.run(["rm", "-f"] + names) }

    // MARK: Memory

    /// Of the process that stands between the engine and the container's first: shim, conmon or containerd-shim.
    private func memory() async throws -> [ContainerFigure] {
        let names = (0..<amounts.containers).map { "idle\($0)" }
        for name in names { try await start(name) }
        let pids = try await subject.run(["inspect", "-f", "{{.State.Pid}}"] + names).split(whereSeparator: \.isWhitespace)
        let parents = Set(pids.compactMap { Int32($0).flatMap(Self.parent) })
        let uses = try parents.map(MemoryUse.init)
        let figures = [
            ContainerFigure(name: "PSS", value: Double(uses.map(\.proportional).reduce(0, +)) / Double(names.count), unit: "kB"),
            ContainerFigure(name: "private", value: Double(uses.map(\.private).reduce(0, +)) / Double(names.count), unit: "kB"),
        ]
        try await remove(names)
        return figures
    }

    private static func parent(of pid: Int32) -> Int32? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int32($0) }
    }

    // MARK: Exec

    private func exec() async throws -> [ContainerFigure] {
        try await start("target")
        for _ in 0..<3 { try await execOnce() }
        let before = try subject.meter.milliseconds()
        var times: [Double] = []
        for _ in 0..<amounts.execs {
            let start = ContinuousClock.now
            try await execOnce()
            times.append(start.duration(to: .now).milliseconds)
        }
        let cpu = (try subject.meter.milliseconds() - before) / Double(amounts.execs)
        try await remove(["target"])
        let statistics = Statistics(times)
        return [
            ContainerFigure(name: "median", value: statistics.median, unit: "ms"),
            ContainerFigure(name: "95% within", value: statistics.quantile(0.95), unit: "ms"),
            ContainerFigure(name: "CPU", value: cpu, unit: "ms each"),
        ]
    }

    private func execOnce() async throws {
        guard let socket = subject.socket else {
            try await subject.run(["exec", "target", "true"])
            return
        }
        let client = UnixHTTPClient(socketPath: socket, timeout: .seconds(60))
        try await Blocking.run {
            func post(_ target: String, _ body: String, expecting status: Int) throws -> HTTPReply {
                try client.request("POST", "/v1.41" + target, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
                    .expecting(status)
            }
            let created = try post(
                "/containers/target/exec", #"{"Cmd":["true"],"AttachStdout":true,"AttachStderr":true}"#, expecting: 201)
            let id = JSONTree(created.body)?["Id"]?.text ?? ""
            _ = try post("/exec/\(id)/start", "{}", expecting: 200)
            let state = try client.request("GET", "/v1.41/exec/\(id)/json").expecting(200)
            guard state.text.contains(#""ExitCode":0"#) else { throw HTTPReply.Unexpected(description: state.text) }
        }
    }

    // MARK: Health

    /// nil for podman, whose checks are timers of systemd.
    private func health(_ flags: [String], _ command: [String] = ["sleep", "100000"]) async throws -> [ContainerFigure]? {
        guard subject.socket != nil else { return nil }
        let names = (0..<amounts.containers).map { "checked\($0)" }
        for name in names { try await start(name, flags + ["--health-interval", "1s"], command) }
        try await Task.sleep(for: .seconds(2))
        let before = try subject.meter.milliseconds()
        let start = ContinuousClock.now
        try await Task.sleep(for: .seconds(amounts.seconds))
        let share = (try subject.meter.milliseconds() - before) / start.duration(to: .now).milliseconds
        try await remove(names)
        return [ContainerFigure(name: "all \(names.count) together", value: share * 100, unit: "% of a CPU")]
    }

    // MARK: Logs

    private func logs() async throws -> [ContainerFigure] {
        let rounds = max(1, amounts.logBytes / (Self.lineCount * 100))
        let limits = ["--log-opt", "max-size=4g"] + (subject.socket == nil ? ["--log-driver", "k8s-file"] : [])
        try await start(
            "writer", limits,
            [
                "sh", "-c",
                "\(Self.makeLines); touch /made; while [ ! -f /go ]; do sleep 0.01; done; "
                    + "for round in $(seq \(rounds)); do cat /lines; done",
            ])
        _ = try await eventually("the writer") { try? await subject.run(["exec", "writer", "test", "-f", "/made"]) }
        let megabytes = Double(rounds * Self.lineCount * 100) / 1e6
        let (writing, writingCPU) = try await timed {
            try await subject.run(["exec", "writer", "touch", "/go"])
            try await subject.run(["wait", "writer"])
        }
        let (reading, readingCPU) = try await timed { try await readLog() }
        try await remove(["writer"])
        return [
            ContainerFigure(name: "written", value: megabytes / writing, unit: "MB/s"),
            ContainerFigure(name: "CPU", value: writingCPU, unit: "s"),
            ContainerFigure(name: "read", value: megabytes / reading, unit: "MB/s"),
            ContainerFigure(name: "CPU", value: readingCPU, unit: "s"),
        ]
    }

    /// By the API where there is one: the docker client takes longer to take its frames apart than any engine to make them.
    private func readLog() async throws {
        guard let socket = subject.socket else { return try await subject.discardOutput(of: ["logs", "writer"]) }
        let url = "http://engine/v1.41/containers/writer/logs?stdout=1&stderr=1"
        let result = try await Command("/usr/bin/curl", ["-sSf", "--unix-socket", socket, "-o", "/dev/null", url]).run()
        guard result.code == 0 else { throw CommandFailure(what: "reading the log", result: result) }
    }

    /// Seconds by the clock, and of the engine's processors.
    private func timed(_ work: () async throws -> Void) async throws -> (wall: Double, cpu: Double) {
        let before = try subject.meter.milliseconds()
        let start = ContinuousClock.now
        try await work()
        return (start.duration(to: .now).milliseconds / 1000, (try subject.meter.milliseconds() - before) / 1000)
    }
}
