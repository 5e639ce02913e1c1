// The pipes between a shim and a process: made before it, joined after it, undone when it fails.
import CLinux
import ContainerLog
import Glibc

/// The shim's own ends, all non-blocking.
struct ProcessEnds {
    var stdin: Int32?
    var outputs: [(LogStream, Int32)]
    /// The terminal's master, for its size.
    var terminal: Int32?
}

/// Both sides' ends. Whoever makes one calls `closeChildEnds` once the process was started, and `closeAll` when it wasn't.
struct ProcessPipes {
    /// Which of the three are pipes; the others are `/dev/null`.
    struct Wish {
        var stdin: Bool
        var stdout: Bool
        var stderr: Bool
    }

    private(set) var child: [Int32] = []
    private var own = ProcessEnds(stdin: nil, outputs: [], terminal: nil)

    var stdio: ProcessStdio { .pipes(stdin: child[0], stdout: child[1], stderr: child[2]) }

    init(_ wish: Wish) throws(RuntimeFailure) {
        do throws(RuntimeFailure) {
            own.stdin = try add(isPipe: wish.stdin, childReads: true)
            if let end = try add(isPipe: wish.stdout, childReads: false) { own.outputs.append((.stdout, end)) }
            if let end = try add(isPipe: wish.stderr, childReads: false) { own.outputs.append((.stderr, end)) }
        } catch {
            closeAll()
            throw error
        }
    }

    /// Ends of a terminal: its master is read, and written through a descriptor of its own.
    static func ends(ofTerminal master: Int32, takesInput: Bool) throws(RuntimeFailure) -> ProcessEnds {
        var ends = ProcessEnds(stdin: nil, outputs: [], terminal: nil)
        ends.terminal = try duplicate(master)
        if takesInput { ends.stdin = try duplicate(master) }
        ends.outputs = [(.stdout, master)]
        return ends
    }

    /// The process has its ends: these copies would keep its output open.
    mutating func closeChildEnds() -> ProcessEnds {
        for descriptor in child { close(descriptor) }
        child = []
        return own
    }

    mutating func closeAll() {
        _ = closeChildEnds()
        for descriptor in [own.stdin].compactMap(\.self) + own.outputs.map(\.1) { close(descriptor) }
        own = ProcessEnds(stdin: nil, outputs: [], terminal: nil)
    }

    /// Returns the shim's end, nil for `/dev/null`.
    private mutating func add(isPipe: Bool, childReads: Bool) throws(RuntimeFailure) -> Int32? {
        guard isPipe else {
            let null = open("/dev/null", (childReads ? O_RDONLY : O_WRONLY) | O_CLOEXEC)
            guard null >= 0 else { throw Self.failure("open /dev/null", errno) }
            child.append(null)
            return nil
        }
        var ends: [Int32] = [-1, -1]
        let result = clinux_pipe(&ends)
        guard result == 0 else { throw Self.failure("make a pipe", -result) }
        child.append(childReads ? ends[0] : ends[1])
        return childReads ? ends[1] : ends[0]
    }

    private static func duplicate(_ descriptor: Int32) throws(RuntimeFailure) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw failure("duplicate a terminal", errno) }
        return copy
    }

    private static func failure(_ action: String, _ code: Int32) -> RuntimeFailure {
        RuntimeFailure(step: "stdio", errno: code, message: "cannot \(action) for the process: errno \(code)")
    }
}
