// The options of the local driver: what is to be mounted where the volume's directory is.
import Models
import RPC

/// A mount as mount(2) takes it.
struct VolumeMount: Equatable, Sendable {
    static let readonly: UInt64 = 1
    static let remount: UInt64 = 32
    static let bind: UInt64 = 4096

    var type: String
    var device: String
    var flags: UInt64 = 0
    var propagation: UInt64 = 0
    /// Options of the file system, with commas between.
    var data = ""

    /// Reads `type`, `o` and `device`, which `check` has let through.
    init(_ options: [String: String]) {
        type = options["type"] ?? ""
        device = options["device"] ?? ""
        var rest: [String] = []
        for option in (options["o"] ?? "").split(separator: ",").map(String.init) {
            if let (flag, isSet) = Self.flags[option] {
                if isSet { flags |= flag } else { flags &= ~flag }
            } else if let flag = Self.propagations[option] {
                propagation |= flag
            } else {
                rest.append(option)
            }
        }
        data = rest.joined(separator: ",")
    }

    /// Whether something is mounted at all.
    static func isNeeded(_ options: [String: String]) -> Bool { options["type"] != nil }

    /// Throws `invalidParameter` in Docker's words.
    static func check(_ options: [String: String]) throws(RPCError) {
        if let unknown = options.keys.sorted().first(where: { !["type", "o", "device", "size"].contains($0) }) {
            throw RPCError(.invalidParameter, "invalid option: \"\(unknown)\"")
        }
        if let size = options["size"] {
            guard ByteCount.parse(size) != nil else { throw RPCError(.invalidParameter, "invalid size: '\(size)'") }
            guard !isNeeded(options) else {
                throw RPCError(.invalidParameter, "invalid option: \"size\" is for a volume without \"type\" and \"device\"; use \"o\"")
            }
        }
        for (option, needs) in [("device", ["type"]), ("type", ["device"]), ("o", ["device", "type"])] where options[option] != nil {
            for need in needs where options[need] == nil {
                throw RPCError(.invalidParameter, "missing required option: \"\(need)\"")
            }
        }
    }

    private static let flags: [String: (UInt64, Bool)] = [
        "defaults": (0, true), "ro": (1, true), "rw": (1, false), "suid": (2, false), "nosuid": (2, true), "dev": (4, false),
        "nodev": (4, true), "exec": (8, false), "noexec": (8, true), "sync": (16, true), "async": (16, false), "remount": (32, true),
        "mand": (64, true), "nomand": (64, false), "dirsync": (128, true), "noatime": (1024, true), "atime": (1024, false),
        "nodiratime": (2048, true), "diratime": (2048, false), "bind": (4096, true), "rbind": (4096 | 16384, true),
        "relatime": (1 << 21, true), "norelatime": (1 << 21, false), "strictatime": (1 << 24, true), "nostrictatime": (1 << 24, false),
    ]

    private static let propagations: [String: UInt64] = [
        "private": 1 << 18, "rprivate": 1 << 18 | 16384, "slave": 1 << 19, "rslave": 1 << 19 | 16384, "shared": 1 << 20,
        "rshared": 1 << 20 | 16384, "unbindable": 1 << 17, "runbindable": 1 << 17 | 16384,
    ]

    /// The host that `addr=` names.
    var address: String? {
        data.split(separator: ",").first { $0.hasPrefix("addr=") }.map { String($0.dropFirst("addr=".count)) }
    }

    /// With another host in `addr=`: the kernel takes numbers only.
    func replacing(address: String, by number: String) -> VolumeMount {
        var copy = self
        copy.data = data.split(separator: ",").map { $0 == "addr=\(address)" ? "addr=\(number)" : String($0) }.joined(separator: ",")
        return copy
    }

    /// What an error may show of the options: no password.
    var dataToShow: String {
        data.split(separator: ",").map { $0.hasPrefix("password=") ? "password=********" : String($0) }.joined(separator: ",")
    }
}
