// Starts a process with its pipes or its terminal, and leaves nothing behind when it fails.
import Glibc

enum ProcessStart {
    /// Returns what `start` made, and the shim's ends of the process's stdio.
    /// - Parameter undo: ends what `start` made, when a later step fails.
    static func run<Made>(
        isTerminal: Bool, _ wish: ProcessPipes.Wish,
        _ start: (ProcessStdio) throws(RuntimeFailure) -> (Made, StartedProcess), undo: (Made) -> Void
    ) throws(RuntimeFailure) -> (Made, ProcessEnds) {
        if isTerminal { return try runOnTerminal(takesInput: wish.stdin, start, undo: undo) }
        var pipes = try ProcessPipes(wish)
        do throws(RuntimeFailure) {
            let (made, _) = try start(pipes.stdio)
            return (made, pipes.closeChildEnds())
        } catch {
            pipes.closeAll()
            throw error
        }
    }

    private static func runOnTerminal<Made>(
        takesInput: Bool, _ start: (ProcessStdio) throws(RuntimeFailure) -> (Made, StartedProcess), undo: (Made) -> Void
    ) throws(RuntimeFailure) -> (Made, ProcessEnds) {
        let (made, process) = try start(.terminal)
        do throws(RuntimeFailure) {
            guard let master = process.terminalMaster else {
                throw RuntimeFailure(step: "terminal", errno: 0, message: "the process was started without the terminal it asked for")
            }
            return (made, try ProcessPipes.ends(ofTerminal: master, takesInput: takesInput))
        } catch {
            if let master = process.terminalMaster { close(master) }
            undo(made)
            throw error
        }
    }
}
