// A shim's whole conversation, played once by the parent of shims, without a container.
import CLinux
import Contracts
import Glibc
import Linux
import RPC
import RPCEpoll

/// Calls the methods of a container's ordinary life, which leaves out checkpoints, on a shim that has no container and belongs to no
/// engine. So nothing happens on the host, and the code between the socket and the container has run once.
struct ShimRehearsal {
    private static let turns = 8

    let host: RuntimeHost

    func run() throws {
        var pair: [Int32] = [-1, -1]
        guard clinux_unix_pair(&pair) == 0 else { return }
        let shim = try Shim(connection: pair[0], host: host, run: "")
        defer { shim.server.onConnectionCountChange = nil }
        let script = try script()
        _ = script.withUnsafeBytes { clinux_send_some(pair[1], $0.baseAddress, $0.count) }
        for _ in 0..<Self.turns {
            // A turn may have nothing to wait for.
            shim.loop.schedule(afterMilliseconds: 0) {}
            try shim.loop.turn()
        }
        close(pair[1])
        shim.loop.schedule(afterMilliseconds: 0) {}
        try shim.loop.turn()
    }

    private func script() throws -> [UInt8] {
        let hello = RPCHello(service: "shim", serviceVersion: ShimVersion.current, limits: .standard, descriptors: 0, requestsInFlight: 0)
        var bytes = RPCFrame(.hello, stream: 0, body: try CBOREncoder().encode(hello)).encoded()
        var stream: UInt32 = 0
        func add<M: RPCMethod>(_ method: M.Type, _ params: M.Request, credit: Int? = nil) throws {
            stream += 1
            let context = RPCContext(traceID: "0000000000000000")
            var frame = try RPCOutboundFrame.request(method: M.name, context: context, credit: credit, params)
            frame.stream = stream
            bytes += frame.bytes
        }
        let spec = ShimWarmUp.spec
        try add(InspectShim.self, RPCNothing())
        try add(
            AdoptContainer.self,
            .init(
                containerID: "c", root: "/", run: "/", terminal: false, openStdin: false, stdinOnce: false, log: LogSpec()))
        try add(AttachContainer.self, .init(stdin: false, stdout: true, stderr: true))
        try add(WatchShim.self, .init(after: 0), credit: 1024)
        try add(StartContainer.self, .init(spec: spec, supervision: ShimWarmUp.supervision))
        try add(SignalContainer.self, .init(signal: 1, end: EndRequest(.stop)))
        try add(PauseContainer.self, RPCNothing())
        try add(ResumeContainer.self, RPCNothing())
        try add(ResizeTerminal.self, .init(size: TerminalSize(columns: 1, rows: 1)))
        try add(StartExec.self, .init(execID: "e", process: spec.process))
        try add(ListProcesses.self, RPCNothing())
        try add(ReadStats.self, RPCNothing())
        try add(UpdateContainer.self, .init(cgroup: spec.cgroup, restart: RestartRule()))
        try add(ReleaseShim.self, .init())
        try add(RecoverContainer.self, .init(containerID: "c", root: "/", run: "/", cgroupParent: "/"))
        try add(KillShim.self, .init(containerID: "c", root: "/", run: "/", cgroupParent: "/"))
        return bytes
    }
}
