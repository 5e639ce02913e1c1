// Which capabilities a container gets.

/// Linux capabilities by name, and Docker's rules for adding and dropping them.
enum Capabilities {
    /// In the kernel's order: position is number.
    static let known = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
        "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
        "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
        "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// What every container gets that isn't told otherwise.
    static let standard = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ]

    private static let all = "ALL"

    /// `chown`, `CAP_CHOWN` and `Cap_Chown` are the same.
    static func normalize(_ name: String) -> String {
        let upper = name.uppercased()
        return upper == all || upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
    }

    /// The names that are neither a capability nor `ALL`.
    static func unknown(in names: [String]) -> [String] {
        names.filter { name in
            let normal = normalize(name)
            return normal != all && !known.contains(normal)
        }
    }

    /// The set in the kernel's order. Drop `ALL` leaves what is added; add `ALL` takes away what is dropped.
    static func resolve(add: [String], drop: [String], privileged: Bool) -> [String] {
        if privileged { return known }
        let added = Set(add.map(normalize))
        let dropped = Set(drop.map(normalize))
        let base: Set<String>
        if added.contains(all) {
            base = Set(known).subtracting(dropped)
        } else if dropped.contains(all) {
            base = []
        } else {
            base = Set(standard).subtracting(dropped)
        }
        let granted = base.union(added.subtracting([all]))
        return known.filter(granted.contains)
    }
}
