// What an exec came to, once its streams have ended: clients ask for its exit code at once.
import Contracts
import GatewayState
import RPC

/// Waits until the exit is known. A process may also end its streams and go on; the shim knows which it is.
struct ExecSettling: Sendable {
    /// Usually the exit is told right after the streams end.
    private static let usual = Duration.milliseconds(500)
    /// For one that the shim has seen end, or doesn't answer about: the machine may be very busy.
    private static let longest = Duration.seconds(10)

    /// How long a shim that doesn't answer holds up who only looks.
    private static let glance = Duration.seconds(2)

    let engine: ContainerEngine
    let id: String

    /// Takes note of the exit if the shim knows it by now.
    func look() async {
        guard let exec = try? engine.execs.find(id), let state = await stateByShim(exec, within: Self.glance) else { return }
        if let code = state.exitCode { engine.noteExecExit(id, exitCode: code) }
    }

    func run() async {
        guard let exec = try? engine.execs.find(id), await !hasEnded(exec, within: Self.usual) else { return }
        guard let state = await stateByShim(exec, within: Self.longest) else {
            _ = await hasEnded(exec, within: Self.longest)
            return
        }
        if let code = state.exitCode { engine.noteExecExit(id, exitCode: code) }
    }

    private func hasEnded(_ exec: ExecRecord, within time: Duration) async -> Bool {
        (try? await exec.ended.value(within: time)) != nil
    }

    private func stateByShim(_ exec: ExecRecord, within time: Duration) async -> ExecState? {
        guard let shim = engine.live[exec.containerID].shim else { return nil }
        return try? await shim.inspect(.fresh(timeout: time)).execs.first { $0.execID == id }
    }
}
