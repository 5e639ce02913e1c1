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
    /// - Parameter keeper: a directory between the group and a parent that is a slice of systemd's; nil for none.
    init(root: String, parent: String, id: String, keeper: String? = nil) {
        let parts = parent.split(separator: "/").filter { $0 != "." && $0 != ".." }.map(String.init)
        let isSystemds = parts.last?.hasSuffix(".slice") == true
        let place = parts.count == 1 && isSystemds ? Self.slices(parts[0]) : parts
        path = ([root] + place + (isSystemds ? [keeper].compactMap(\.self) : []) + [id]).joined(separator: "/")
        top = root
    }

    /// Where systemd has a slice: `a-b.slice` is in `a.slice`, and `-.slice` is the root.
    private static func slices(_ name: String) -> [String] {
        let words = name.dropLast(".slice".count).split(separator: "-")
        return words.indices.map { words[...$0].joined(separator: "-") + ".slice" }
    }

    private let top: String

    /// The directories between the hierarchy's root and this one, from the top.
    var ancestors: [String] {
        let inside = path.dropFirst(top.count).split(separator: "/").dropLast()
        return inside.indices.map { top + "/" + inside[...$0].joined(separator: "/") }
    }

    /// Makes the directory and its missing ancestors.
    func make() throws(Errno) {
        // Another container's removal may take the empty parent away between two steps.
        for _ in 0..<16 {
            let result = clinux_make_directory_at(AT_FDCWD, path, 0o755)
            if result == 0 { return }
            guard result == -ENOENT else { throw Errno(code: -result, call: "mkdir \(path)") }
            for ancestor in ancestors {
                let result = clinux_make_directory_at(AT_FDCWD, ancestor, 0o755)
                guard result == 0 else { continue }
                _ = clinux_mark_directory(ancestor, Self.mark)
            }
        }
        throw Errno(code: ENOENT, call: "mkdir \(path)")
    }

    var exists: Bool { access(path, F_OK) == 0 }

    func write(_ value: String, to file: String) throws(Errno) {
        try SmallFile.write(value, to: "\(path)/\(file)")
    }

    func apply(_ write: CgroupWrite) throws(Errno) {
        do throws(Errno) {
            try self.write(write.value, to: write.file)
        } catch {
            guard error.code == ENOENT else { throw error }
            if let other = write.otherwise { return try self.write(other.value, to: other.file) }
            if !write.needsSwapAccounting { throw error }
        }
    }

    /// What writes the file's present value again; nil for one that tells more than the one value that is written to it.
    func present(_ write: CgroupWrite) -> CgroupWrite? {
        guard let lines = read(write.file)?.split(separator: "\n"), lines.count == 1 else { return nil }
        var present = write
        (present.value, present.otherwise) = (String(lines[0]), nil)
        return present
    }

    /// - Parameter limit: in bytes; nothing is known of a larger file.
    func read(_ file: String, limit: Int = 1 << 20) -> String? {
        do throws(Errno) { return try SmallFile.text("\(path)/\(file)", limit: limit) } catch { return nil }
    }

    /// The value of `key` in a file of lines `key value`.
    func value(_ key: String, in file: String) -> Int? {
        for line in read(file)?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int(words[1]) }
        }
        return nil
    }

    /// Gives the ancestors that the engine made, from the top, as much real time as `microseconds` in a second more need.
    /// What the host's own groups don't allow isn't taken.
    func reserveRealtime(_ microseconds: Int64) {
        for ancestor in ancestors where clinux_is_marked(ancestor, Self.mark) == 1 {
            let directory = CgroupDirectory(path: ancestor, top: top)
            let taken = directory.children.compactMap { CgroupDirectory(path: $0, top: top).realtime }.reduce(0, +)
            guard taken + microseconds > directory.realtime ?? 0 else { continue }
            do throws(Errno) { try directory.write(String(taken + microseconds), to: "cpu.rt_runtime_us") } catch {}
        }
    }

    private var realtime: Int64? {
        read("cpu.rt_runtime_us").flatMap { Int64($0.filter { !$0.isWhitespace }) }
    }

    /// As many processes as a kernel can have, which all must be found to be killed.
    private static let longestList = 64 << 20

    /// The processes in this directory and those below.
    func processes() -> [Int32] {
        let own = read("cgroup.procs", limit: Self.longestList)?.split(separator: "\n").compactMap { Int32($0) } ?? []
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
