// Debian's dockerd for comparison, with its CPU time measured.
import TestSupport

/// Has a control group of its own besides.
struct Dockerd: MeasuredEngine {
    let name = "dockerd"
    let meter: CPUMeter
    private let daemon: DockerdUnderTest

    var socket: String { daemon.socket }

    /// `programs` is a directory with dockerd, containerd and runc.
    static func start(programs: String) async throws -> Dockerd {
        let meter = try CPUMeter(name: "berth-bench-dockerd-\(UInt16.random(in: 0 ... .max))")
        do {
            let flags = ["--cgroup-parent", "\(meter.path)/containers", "--storage-driver", "overlay2"]
            return Dockerd(meter: meter, daemon: try await .start(programs: programs, entering: meter.entering, flags: flags))
        } catch {
            meter.remove()
            throw error
        }
    }

    func stop() async throws {
        try await daemon.stop()
        meter.remove()
    }
}
