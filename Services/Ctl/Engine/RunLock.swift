// One supervisor a run directory.
import ArgumentParser
import Contracts
import Glibc
import ServiceKit

/// A lock that ends with its process, with that process's ID in the file.
struct RunLock {
    let path: String
    let descriptor: Int32

    /// Throws `ValidationError` when another supervisor holds it.
    static func acquire(layout: EngineLayout) throws -> RunLock {
        try makeDirectory(layout.run)
        let path = layout.supervisorLock
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let pid = readPID(descriptor)
            close(descriptor)
            throw ValidationError(
                "an engine runs in \(layout.run) already (process \(pid ?? 0)); choose another --run, or stop it: berthctl down")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw SystemCallError("write", path)
        }
        return RunLock(path: path, descriptor: descriptor)
    }

    /// The supervisor of a run directory; nil when none runs there.
    static func holder(layout: EngineLayout) -> Int32? {
        let descriptor = open(layout.supervisorLock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return readPID(descriptor)
    }

    func release() {
        unlink(path)
        close(descriptor)
    }

    private static func makeDirectory(_ path: String) throws {
        var parent = ""
        for component in path.split(separator: "/") {
            parent += "/\(component)"
            if mkdir(parent, 0o755) != 0, errno != EEXIST { throw SystemCallError("mkdir", parent) }
        }
    }

    private static func readPID(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return Int32(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).filter(\.isNumber))
    }
}
