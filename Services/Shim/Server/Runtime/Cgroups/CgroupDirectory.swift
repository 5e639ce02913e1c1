// A directory of a control group file system.
import CLinux
import Glibc
import Linux

/// A path with the operations that are the same for both versions.
struct CgroupDirectory: Equatable {
    let path: String

    /// Tells the parents that the engine made from those it found.
    private static let mark = "trusted.berth"

    /// `<root>/<parent>/<id>`, whatever slashes the parent has at its ends.
    init(root: String, parent: String, id: String) {
        let parts = parent.split(separator: "/").filter { $0 != "." && $0 != ".." }
        path = ([root] + parts.map(String.init) + [id]).joined(separator: "/")
        top = root
    }

    private let top: String

    /// The directories between the hierarchy's root and this one, from the top.
    var ancestors: [String] {
        let inside = path.dropFirst(top.count).split(separator: "/").dropLast()
        return inside.indices.map { top + "/" + inside[...$0].joined(separator: "/") }
    }

    /// Makes the directory and its missing ancestors; `prepare` is called with each ancestor that was made.
    func make(prepare: (String) throws(Errno) -> Void = { _ in }) throws(Errno) {
        // Another container's removal may take the empty parent away between two steps.
        for _ in 0..<16 {
            let result = clinux_make_directory_at(AT_FDCWD, path, 0o755)
            if result == 0 { return }
            guard result == -ENOENT else { throw Errno(code: -result, call: "mkdir \(path)") }
            for ancestor in ancestors {
                let result = clinux_make_directory_at(AT_FDCWD, ancestor, 0o755)
                guard result == 0 else { continue }
                _ = clinux_mark_directory(ancestor, Self.mark)
                try prepare(ancestor)
            }
        }
        throw Errno(code: ENOENT, call: "mkdir \(path)")
    }

    var exists: Bool { access(path, F_OK) == 0 }

    func write(_ value: String, to file: String) throws(Errno) {
        try SmallFile.write(value, to: "\(path)/\(file)")
    }

    func read(_ file: String) -> String? {
        do throws(Errno) { return try SmallFile.text("\(path)/\(file)") } catch { return nil }
    }

    /// The value of `key` in a file of lines `key value`.
    func value(_ key: String, in file: String) -> Int? {
        for line in read(file)?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int(words[1]) }
        }
        return nil
    }

    /// The processes in this directory and those below.
    func processes() -> [Int32] {
        let own = read("cgroup.procs")?.split(separator: "\n").compactMap { Int32($0) } ?? []
        return own + children.flatMap { CgroupDirectory(path: $0, top: top).processes() }
    }

    /// Removes it with all below; true when it is gone.
    func remove() -> Bool {
        if rmdir(path) == 0 || errno == ENOENT { return true }
        for child in children { _ = CgroupDirectory(path: child, top: top).remove() }
        return rmdir(path) == 0 || errno == ENOENT
    }

    /// Removes the empty ancestors that the engine made.
    func removeAncestors() {
        for ancestor in ancestors.reversed() {
            guard clinux_is_marked(ancestor, Self.mark) == 1, rmdir(ancestor) == 0 else { return }
        }
    }

    private init(path: String, top: String) {
        self.path = path
        self.top = top
    }

    private var children: [String] {
        do throws(Errno) {
            return try Directory.list(path).filter(\.isDirectory).map { "\(path)/\($0.name)" }
        } catch {
            return []
        }
    }
}
