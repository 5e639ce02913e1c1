// Which options a tmpfs may be given, and which of them win.

/// Options of a tmpfs, as mount(8) takes them.
enum TmpfsOptions {
    static let defaults = ["noexec", "nosuid", "nodev"]
    private static let flags: Set<String> = [
        "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync", "atime", "noatime", "diratime",
        "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "defaults", "mand", "nomand",
    ]
    /// Of these, the last one counts. They change nothing: a memory file system has nobody to propagate to.
    private static let propagations: Set<String> = [
        "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
    ]
    private static let keys: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]

    static func isValid(_ option: String) -> Bool {
        guard let equals = option.firstIndex(of: "=") else { return flags.contains(option) || propagations.contains(option) }
        return keys.contains(String(option[..<equals])) && equals != option.index(before: option.endIndex)
    }

    /// A later flag takes back its opposite; a later value replaces an earlier one.
    static func merged(_ options: [String]) -> [String] {
        var result: [String] = []
        for option in options where option != "defaults" {
            if propagations.contains(option) { result.removeAll(where: propagations.contains) }
            let key = option.split(separator: "=")[0]
            let opposite = key.hasPrefix("no") ? String(key.dropFirst(2)) : "no\(key)"
            result.removeAll { $0 == opposite || $0 == option || (option.contains("=") && $0.hasPrefix("\(key)=")) }
            result.append(option)
        }
        return result
    }
}
