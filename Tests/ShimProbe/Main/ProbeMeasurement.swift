// Measures what a start costs.
import CLinux
import Contracts
import Glibc
import ShimProbeProtocol
import ShimServer

enum ProbeMeasurement {
    static func run(_ spec: ContainerSpec, count: Int) -> ProbeReport {
        let host = RuntimeHost()
        host.warmUp()
        var report = ProbeReport()
        let null = open("/dev/null", O_RDWR)
        let before = processorTime()
        for _ in 0..<count {
            let begin = clinux_monotonic_nanoseconds()
            do throws(RuntimeFailure) {
                let runtime = try ContainerRuntime.start(spec, stdio: .pipes(stdin: null, stdout: null, stderr: null), on: host)
                report.startTimes.append(Double(clinux_monotonic_nanoseconds() - begin) / 1e6)
                runtime.signalAll(SIGKILL)
                var status: Int32 = 0
                waitpid(runtime.process.pid, &status, 0)
                close(runtime.process.pidfd)
                runtime.removeCgroup()
            } catch {
                report.container.failure = ProbeFailure(error)
                return report
            }
        }
        report.processorTime = processorTime() - before
        return report
    }

    /// Milliseconds of this process (RUSAGE_SELF, 0) and its ended children (RUSAGE_CHILDREN, -1).
    private static func processorTime() -> Double {
        [Int32(0), -1].reduce(0) { sum, who in
            var usage = rusage()
            getrusage(who, &usage)
            let times = [usage.ru_utime, usage.ru_stime]
            return times.reduce(sum) { $0 + Double($1.tv_sec) * 1e3 + Double($1.tv_usec) / 1e3 }
        }
    }
}
