// One supervisor a run directory, and one a root.
import ArgumentParser
import Contracts
import Glibc
import ServiceKit

/// A lock that ends with its process, with that process's ID and its engine's run directory in the file.
struct RunLock {
    let path: String
    let descriptor: Int32

    /// `holder` asks by taking a lock itself for a moment: that is waited out.
    private static let patience = Duration.seconds(1)
    private static let step = Duration.milliseconds(10)

    /// Throws `ValidationError` when another supervisor holds it.
    static func acquire(layout: EngineLayout) throws -> RunLock {
        try makeDirectory(layout.run)
        return try acquire(layout.supervisorLock, mode: 0o644, for: layout) { owner in
            "an engine runs in \(layout.run) already (process \(owner.pid ?? 0)); choose another --run, or stop it: berthctl down"
        }
    }

    /// Two engines with the same records would take each other's containers for lost ones.
    /// Throws `ValidationError` when a supervisor with another run directory holds it.
    static func acquireRoot(layout: EngineLayout) throws -> RunLock {
        try makeDirectory(layout.root)
        return try acquire(layout.rootLock, mode: 0o600, for: layout) { owner in
            """
            an engine has its state in \(layout.root) already (process \(owner.pid ?? 0)); choose another --root, or stop it: \
            berthctl down --run \(owner.run ?? "its run directory")
            """
        }
    }

    /// The supervisor of a run directory; nil when none runs there.
    static func holder(layout: EngineLayout) -> Int32? {
        let descriptor = open(layout.supervisorLock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return owner(descriptor).pid
    }

    func release() {
        unlink(path)
        close(descriptor)
    }

    private static func acquire(
        _ path: String, mode: mode_t, for layout: EngineLayout, refusal: ((pid: Int32?, run: String?)) -> String
    ) throws -> RunLock {
        let deadline = ContinuousClock.now + patience
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
            guard descriptor >= 0 else { throw SystemCallError("open", path) }
            // A holder that ends removes the file first: the lock of one that nobody finds any more locks nobody out.
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isFile(descriptor, at: path) {
                let text = Array("\(getpid())\n\(layout.run)\n".utf8)
                guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
                    throw SystemCallError("write", path)
                }
                return RunLock(path: path, descriptor: descriptor)
            }
            let owner = Self.owner(descriptor)
            close(descriptor)
            guard ContinuousClock.now < deadline else { throw ValidationError(refusal(owner)) }
            var pause = timespec(step)
            nanosleep(&pause, nil)
        }
    }

    /// Whether the path leads to the open file.
    static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var (own, found) = (stat(), stat())
        guard fstat(descriptor, &own) == 0, stat(path, &found) == 0 else { return false }
        return own.st_dev == found.st_dev && own.st_ino == found.st_ino
    }

    private static func makeDirectory(_ path: String) throws {
        var parent = ""
        for component in path.split(separator: "/") {
            parent += "/\(component)"
            if mkdir(parent, 0o755) != 0, errno != EEXIST { throw SystemCallError("mkdir", parent) }
        }
    }

    private static func owner(_ descriptor: Int32) -> (pid: Int32?, run: String?) {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        let lines = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return (lines.first.flatMap { Int32($0) }, lines.dropFirst().first.map(String.init))
    }
}
