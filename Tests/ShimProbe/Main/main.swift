// Reads a request from standard input, carries it out, and writes the report to standard output.
// A process of its own because only one with a single thread may start containers.
import Glibc
import RPC
import ShimProbeProtocol
import ShimServer

func readRequest() throws -> ProbeRequest {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = read(0, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return try CBORDecoder().decode(ProbeRequest.self, from: bytes)
}

func carryOut(_ request: ProbeRequest) -> ProbeReport {
    switch request {
    case .run(let spec, let steps): return ProbeRun(spec).run(steps)
    case .measure(let spec, let count): return ProbeMeasurement.run(spec, count: count)
    case .cleanUp(let id, let parent):
        ContainerRuntime.cleanUp(id: id, cgroupParent: parent)
        return ProbeReport()
    }
}

if CommandLine.arguments.count > 1 {
    guard let role = ProbeRole(rawValue: CommandLine.arguments[1]) else { exit(64) }
    HostileRole.play(role)
}

do {
    signal(SIGPIPE, SIG_IGN)
    let report = try CBOREncoder().encode(carryOut(try readRequest()))
    var sent = 0
    while sent < report.count {
        let count = report.withUnsafeBytes { write(1, $0.baseAddress?.advanced(by: sent), report.count - sent) }
        guard count > 0 else { exit(2) }
        sent += count
    }
} catch {
    let words = "berth-shim-probe: \(error)\n"
    _ = write(2, words, words.utf8.count)
    exit(2)
}
