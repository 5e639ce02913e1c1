// The directories of device specifications, read when they are needed.
//
// The gateway reads them itself, though it has no privileges: the files are there for every runtime and tool of the host to read, and what
// they describe is only words until a shim, which has privileges, makes it. So a container with a device waits for no further service, and
// no process with privileges parses them. Nothing of `/dev` is looked at here: the gateway may not even see it.
import Foundation
import Glibc
import Logging
import Synchronization

final class CDIDirectories: Sendable {
    /// What tells that a file has changed.
    private struct Signature: Equatable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Known {
        var signature: Signature
        var content: Result<CDISpec, CDIFault>
    }

    private struct State {
        var files: [String: Known] = [:]
        var told: Set<CDICatalog.Fault> = []
    }

    /// In the order of their priority, the highest last; none when it is turned off.
    let paths: [String]
    private let state = Mutex(State())
    private let logger: Logger

    /// Bytes of a file beyond which it is none of these.
    private static let limit = 16 << 20
    static let noYAML = "this engine reads no YAML: write it as JSON (nvidia-ctk: cdi generate --format=json)"

    init(_ paths: [String], logger: Logger) {
        self.paths = paths
        self.logger = logger
    }

    /// As the files are now; those that haven't changed aren't read again. What is wrong with a file is logged once.
    func catalog() -> CDICatalog {
        let (catalog, news) = state.withLock { state in
            var known: [String: Known] = [:]
            var files: [CDIFile] = []
            for (priority, directory) in paths.enumerated() {
                for path in Self.candidates(in: directory) {
                    guard let found = Self.read(path, state.files[path]) else { continue }
                    known[path] = found
                    files.append(CDIFile(path: path, priority: priority, content: found.content))
                }
            }
            state.files = known
            let catalog = CDICatalog(files)
            let news = catalog.faults.filter { !state.told.contains($0) }
            state.told = Set(catalog.faults)
            return (catalog, news)
        }
        for fault in news { logger.warning("device specification", metadata: ["path": "\(fault.path)", "fault": "\(fault.words)"]) }
        return catalog
    }

    /// In the order of their names. A directory that isn't there has none.
    private static func candidates(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".json") || $0.hasSuffix(".yaml") }.sorted().map { "\(directory)/\($0)" }
    }

    /// nil for a directory, and for what is gone meanwhile.
    private static func read(_ path: String, _ before: Known?) -> Known? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return nil }
        let signature = Signature(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_ctim.tv_sec,
            nanoseconds: status.st_ctim.tv_nsec)
        if let before, before.signature == signature { return before }
        return Known(signature: signature, content: Result { () throws(CDIFault) in try parse(path, status) })
    }

    private static func parse(_ path: String, _ status: stat) throws(CDIFault) -> CDISpec {
        do throws(CDIFault) {
            guard !path.hasSuffix(".yaml") else { throw CDIFault(noYAML) }
            guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { throw CDIFault("not a file of specifications") }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CDIFault("it can't be read: everybody must be allowed to read it")
            }
            return try CDISpec.parse(data)
        } catch {
            throw CDIFault("\"\(path)\": \(error.words)")
        }
    }
}
