// One service as its supervisor sees it: running, or waiting to be started again.
import Glibc
import ServiceKit

final class SupervisedService {
    let program: ServiceProgram
    private(set) var restarts = 0
    private var state = State.idle
    private var backoff = RestartBackoff()
    private var listening: Int32?
    private var file: UnixSocketFile?
    /// What the service has kept over its restarts.
    private(set) var keeper: DescriptorKeeper?

    private enum State {
        case idle
        case running(pid: Int32, since: ContinuousClock.Instant)
        case waiting(until: ContinuousClock.Instant)
    }

    init(_ program: ServiceProgram) {
        self.program = program
    }

    var pid: Int32? {
        if case .running(let pid, _) = state { pid } else { nil }
    }

    var startsAt: ContinuousClock.Instant? {
        if case .waiting(let instant) = state { instant } else { nil }
    }

    /// Binds the service's socket before it runs for the first time. Kept open over its restarts.
    func openSocket() throws {
        keeper = try program.keeperPath.map { try DescriptorKeeper(path: $0) }
        guard let socket = program.socket else { return }
        listening = try UnixSocket.listen(path: socket.path, mode: socket.mode, group: socket.group)
        file = UnixSocketFile(path: socket.path)
    }

    func removeSocket() {
        keeper = nil
        guard let listening else { return }
        file?.remove()
        close(listening)
        self.listening = nil
    }

    /// Starts the program by way of `berthctl launch`, with its output going to that descriptor.
    func start(output: Int32, descriptorLimit: Int, at now: ContinuousClock.Instant) throws {
        var launch = ["launch", "--supervisor", "\(getpid())", "--uid", "\(program.user.uid)", "--gid", "\(program.user.gid)"]
        var descriptors: [Int32: Int32] = [STDOUT_FILENO: output, STDERR_FILENO: output]
        if let niceness = program.niceness { launch.append("--nice=\(niceness)") }
        if let listening {
            launch += ["--socket", program.name]
            descriptors[3] = listening
        }
        if let keeper {
            launch += ["--notify", keeper.path, "--kept", keeper.names]
            let first: Int32 = listening == nil ? 3 : 4
            for (index, entry) in keeper.entries.enumerated() { descriptors[first + Int32(index)] = entry.descriptor }
        } else {
            if descriptorLimit > 0 { launch += ["--descriptors", "\(descriptorLimit)"] }
            launch += hand(over: program.inherited, after: &descriptors)
        }
        launch += ["--", program.executable] + program.arguments
        let pid = try ChildProcess(path: ExecutablePath.own, arguments: launch, descriptors: descriptors).spawn()
        state = .running(pid: pid, since: now)
    }

    /// The flags that go with the sockets, which get the numbers after those there are.
    private func hand(over sockets: [ActivatedSocket], after descriptors: inout [Int32: Int32]) -> [String] {
        guard !sockets.isEmpty else { return [] }
        let first = (descriptors.keys.max() ?? STDERR_FILENO) + 1
        for (index, socket) in sockets.enumerated() { descriptors[first + Int32(index)] = socket.descriptor }
        return ["--kept", sockets.map(\.name).joined(separator: ":")]
    }

    /// Returns how long it waits before it is started again.
    func ended(at now: ContinuousClock.Instant) -> Duration {
        guard case .running(_, let since) = state else { return .zero }
        let delay = backoff.delay(afterRunning: since.duration(to: now))
        restarts += 1
        state = .waiting(until: now + delay)
        return delay
    }

    /// It couldn't be started. Returns how long it waits before that is tried again.
    func failedToStart(at now: ContinuousClock.Instant) -> Duration {
        let delay = backoff.delay(afterRunning: .zero)
        state = .waiting(until: now + delay)
        return delay
    }

    func stopped() {
        state = .idle
    }
}
