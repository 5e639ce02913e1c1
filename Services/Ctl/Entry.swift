// Where berthctl begins: on one thread, until a command asks for more.
import ArgumentParser
import Dispatch

/// Runs commands that wait for nothing on the main thread, with no other thread beside it.
///
/// An asynchronous main would hand the main thread over to the concurrency runtime. The supervisor can't have that: signals that it
/// blocks must have no other thread to go to, and its children are told to end when the thread that started them does.
@main
enum Entry {
    static func main() {
        do {
            var command = try Berthctl.parseAsRoot(DockerdArguments.current())
            if command is any AsyncParsableCommand { runAsynchronously() }
            try command.run()
        } catch {
            Berthctl.exit(withError: error)
        }
    }

    private static func runAsynchronously() -> Never {
        Task {
            await Berthctl.main()
            Berthctl.exit()
        }
        dispatchMain()
    }
}
