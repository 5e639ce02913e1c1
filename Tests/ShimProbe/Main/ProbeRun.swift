// Runs one container for a test.
import CLinux
import Contracts
import Glibc
import ShimProbeProtocol
import ShimServer

final class ProbeRun {
    private let spec: ContainerSpec
    private let host = RuntimeHost()
    private let streams = ProbeStreams()
    private var report = ProbeReport()

    init(_ spec: ContainerSpec) { self.spec = spec }

    func run(_ steps: [ProbeStep]) -> ProbeReport {
        let root = clinux_open_path("/")
        guard fcntl(root, F_DUPFD_CLOEXEC, probeDescriptorOfRoot) == probeDescriptorOfRoot else { exit(2) }
        close(root)
        do throws(RuntimeFailure) {
            let stdio = spec.process.terminal ? .terminal : streams.makePipes()
            let runtime = try ContainerRuntime.start(spec, stdio: stdio, on: host)
            streams.started(runtime.process)
            take(steps, runtime)
        } catch {
            report.container.failure = ProbeFailure(error)
        }
        streams.closeAll()
        return report
    }

    private func take(_ steps: [ProbeStep], _ runtime: ContainerRuntime) {
        var isRunning = true
        for step in steps {
            var outcome = ProbeOutcome()
            do throws(RuntimeFailure) {
                try take(step, runtime, &outcome, &isRunning)
            } catch {
                outcome.failure = ProbeFailure(error)
            }
            report.steps.append(outcome)
        }
        if isRunning {
            runtime.signalAll(SIGKILL)
            awaitExit(runtime)
        }
        runtime.removeCgroup()
        report.plannedExecs = runtime.plannedExecs
        report.outOfMemoryKills = runtime.outOfMemoryKills()
    }

    private func take(
        _ step: ProbeStep, _ runtime: ContainerRuntime, _ outcome: inout ProbeOutcome, _ isRunning: inout Bool
    ) throws(RuntimeFailure) {
        switch step {
        case .exec(let process, let privileged, let input): outcome = try exec(process, privileged, input, runtime)
        case .execUntilHeldUp(let process, let tries): try execUntilHeldUp(process, tries, runtime)
        case .awaitOutput(let text):
            if !streams.pump(until: -1, { String(decoding: streams.output, as: UTF8.self).contains(text) }) {
                outcome.failure = ProbeFailure(step: "probe", errno: 0, exitCode: nil, message: "never saw \(text)")
            }
        case .write(let text): streams.write(text)
        case .closeInput: streams.closeInput()
        case .freeze: try runtime.freeze()
        case .thaw: try runtime.thaw()
        case .processes: outcome.pids = runtime.processes()
        case .signal(let number): _ = clinux_pidfd_send_signal(runtime.process.pidfd, number)
        case .signalAll(let number): runtime.signalAll(number)
        case .awaitExit:
            awaitExit(runtime)
            isRunning = false
        case .awaitOutOfMemory:
            guard let descriptor = runtime.outOfMemoryDescriptor, streams.pump(until: descriptor) else {
                outcome.failure = ProbeFailure(step: "probe", errno: 0, exitCode: nil, message: "no notice of memory shortage")
                return
            }
            outcome.exitCode = Int32(runtime.outOfMemoryKills())
        case .removeCgroup: runtime.removeCgroup()
        case .hang:
            let line = "\(runtime.process.pid)\n"
            _ = Glibc.write(2, line, line.utf8.count)
            while true { pause() }
        }
    }

    private func awaitExit(_ runtime: ContainerRuntime) {
        report.container.exitCode = streams.finish(runtime.process)
        report.container.output = String(decoding: streams.output, as: UTF8.self)
        report.container.errors = String(decoding: streams.errors, as: UTF8.self)
    }

    private func execUntilHeldUp(_ process: ProcessSpec, _ tries: Int, _ runtime: ContainerRuntime) throws(RuntimeFailure) {
        for _ in 0..<tries {
            let streams = ProbeStreams()
            defer { streams.closeAll() }
            let started = try runtime.exec(process, stdio: streams.makePipes())
            streams.started(started)
            kill(started.pid, SIGKILL)
            _ = streams.finish(started)
        }
    }

    private func exec(
        _ process: ProcessSpec, _ privileged: Bool, _ input: String, _ runtime: ContainerRuntime
    ) throws(RuntimeFailure) -> ProbeOutcome {
        let streams = ProbeStreams()
        defer { streams.closeAll() }
        let stdio = process.terminal ? .terminal : streams.makePipes()
        let started = try runtime.exec(process, privileged: privileged, stdio: stdio)
        streams.started(started)
        streams.write(input)
        if !process.terminal { streams.closeInput() }
        var outcome = ProbeOutcome()
        outcome.pids = [started.pid]
        outcome.exitCode = streams.finish(started)
        outcome.output = String(decoding: streams.output, as: UTF8.self)
        outcome.errors = String(decoding: streams.errors, as: UTF8.self)
        return outcome
    }
}

extension ProbeFailure {
    init(_ failure: RuntimeFailure) {
        self.init(step: failure.step, errno: failure.errno, exitCode: failure.exitCode, message: failure.message)
    }
}
