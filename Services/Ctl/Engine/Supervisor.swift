// Keeps an engine's services running until it is told to stop.
import CLinux
import Contracts
import Glibc
import Logging
import ServiceKit

/// Starts each program, starts it again when it ends, and stops all in the reverse order.
///
/// One thread that waits for signals: children are told to end when the thread that started them does, so this must be the
/// process's main thread. Shims are children of the shim listener and not of this process; nothing here reaches them.
final class Supervisor {
    /// How long a service may take to end after SIGTERM before it is killed.
    static let stopTimeout = Duration.seconds(10)
    /// How long all four may take, each killed at last, with some time more.
    static let longestStop = stopTimeout * 9

    private let layout: EngineLayout
    private let logDirectory: String?
    private let logger: Logger
    private var children: [SupervisedService]
    private let clock = ContinuousClock()
    /// What services start with, other than those that have descriptors kept for them.
    private var descriptorLimit = 0

    /// Has the services' configuration written anew; returns the changed keys that wait for the engine's next start.
    private let onReload: () throws -> [String]
    private let handover: ServiceManagerHandover
    /// When the sizes of logs are looked at next. nil where there are none.
    private var nextRotation: ContinuousClock.Instant?

    init(
        programs: [ServiceProgram], layout: EngineLayout, logDirectory: String?, handover: ServiceManagerHandover = .none,
        onReload: @escaping () throws -> [String]
    ) throws {
        self.handover = handover
        self.layout = layout
        self.onReload = onReload
        self.logDirectory = logDirectory
        nextRotation = logDirectory == nil ? nil : clock.now + ServiceLog.rotationInterval
        logger = Logger(label: "berthctl") { StreamLogHandler.standardError(label: $0) }
        children = programs.map(SupervisedService.init)
    }

    /// Returns after SIGTERM or SIGINT, once every service has ended.
    func run() throws {
        let signals = try SignalWait(signals: [SIGTERM, SIGINT, SIGHUP, SIGCHLD])
        descriptorLimit = berth_descriptor_limit_raise()
        defer { children.forEach { $0.removeSocket() } }
        try children.forEach { try $0.openSocket() }
        try children.forEach { try start($0) }
        writeRecord()
        logger.info("engine is up", metadata: ["socket": "\(layout.gatewaySocket)"])
        handover.tellReady(layout)
        while true {
            switch signals.next(
                before: [nextStart, nextRotation].compactMap({ $0 }).min(), watching: children.compactMap { $0.keeper?.socket })
            {
            case .signal(SIGTERM), .signal(SIGINT):
                return stopAll()
            case .signal(SIGCHLD):
                reap().forEach(scheduleRestart)
                writeRecord()
            case .signal(SIGHUP):
                reload()
            case .readable:
                children.forEach(takeKept)
            case .signal, .deadline:
                startDue()
                rotateLogs()
            }
        }
    }

    /// These take changes over while they run.
    private static let reloading: Set<String> = ["gateway", "images"]

    private func reload() {
        do {
            let others = try onReload()
            if !others.isEmpty {
                logger.warning("These keys take effect when the engine is started again", metadata: ["keys": "\(others)"])
            }
            for child in children where Self.reloading.contains(child.program.name) {
                if let pid = child.pid { kill(pid, SIGHUP) }
            }
        } catch {
            logger.error("the configuration can't be read again: nothing is changed", metadata: ["error": "\(error)"])
        }
    }

    private var nextStart: ContinuousClock.Instant? {
        children.compactMap(\.startsAt).min()
    }

    private func start(_ child: SupervisedService) throws {
        let log = try logDirectory.map { try ServiceLog.open(directory: $0, name: child.program.name) }
        defer { if let log { close(log) } }
        // What the process before it handed over last.
        takeKept(child)
        try child.start(output: log ?? STDERR_FILENO, descriptorLimit: descriptorLimit, at: clock.now)
        logger.info("started", metadata: ["service": "\(child.program.name)", "pid": "\(child.pid ?? 0)"])
    }

    private func startDue() {
        let now = clock.now
        for child in children where child.startsAt.map({ $0 <= now }) ?? false {
            do { try start(child) } catch { startLater(child, error) }
        }
        writeRecord()
    }

    private func rotateLogs() {
        guard let logDirectory, let due = nextRotation, due <= clock.now else { return }
        nextRotation = clock.now + ServiceLog.rotationInterval
        for name in children.map(\.program.name) + [ServiceLog.supervisor] {
            do {
                try ServiceLog.rotate("\(logDirectory)/\(name).log")
            } catch {
                logger.warning("a log can't be emptied", metadata: ["error": "\(error)"])
            }
        }
    }

    /// What keeps one from being started may pass; the others run on meanwhile.
    private func startLater(_ child: SupervisedService, _ error: any Error) {
        let delay = child.failedToStart(at: clock.now)
        logger.error(
            "a service can't be started; it will be tried again",
            metadata: ["service": "\(child.program.name)", "error": "\(error)", "in": "\(delay)"])
    }

    /// Collects every child that has ended.
    private func reap() -> [(SupervisedService, ChildExit)] {
        var ended: [(SupervisedService, ChildExit)] = []
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            if pid <= 0 { return ended }
            guard let child = children.first(where: { $0.pid == pid }) else { continue }
            ended.append((child, ChildExit(waitStatus: status)))
        }
    }

    private func takeKept(_ child: SupervisedService) {
        for name in child.keeper?.receive() ?? [] {
            logger.warning(
                "can't keep what a service wants kept over its restarts",
                metadata: [
                    "service": "\(child.program.name)", "name": "\(name)",
                ])
        }
    }

    private func scheduleRestart(_ child: SupervisedService, _ exit: ChildExit) {
        let delay = child.ended(at: clock.now)
        logger.warning(
            "service ended; it will be started again",
            metadata: ["service": "\(child.program.name)", "how": "\(exit)", "in": "\(delay)"])
    }

    private func stopAll() {
        logger.info("stopping")
        handover.tellStopping()
        for child in children.reversed() {
            guard let pid = child.pid else { continue }
            stop(pid, name: child.program.name)
            child.stopped()
        }
        unlink(layout.supervisorRecord)
    }

    private func stop(_ pid: Int32, name: String) {
        kill(pid, SIGTERM)
        if ProcessExit.wait(child: pid, timeout: Self.stopTimeout) { return }
        logger.error("service did not stop in time and is killed", metadata: ["service": "\(name)"])
        kill(pid, SIGKILL)
        _ = ProcessExit.wait(child: pid, timeout: Self.stopTimeout)
    }

    private func writeRecord() {
        let services = children.map { SupervisorRecord.Service(name: $0.program.name, pid: $0.pid, restarts: $0.restarts) }
        do {
            try SupervisorRecord(supervisor: getpid(), services: services).write(to: layout)
        } catch {
            logger.error("can't record the services", metadata: ["error": "\(error)"])
        }
    }
}
