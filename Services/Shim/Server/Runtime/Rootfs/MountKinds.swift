// The kinds of mount in a container, and how Docker's options become the kernel's.
import Contracts
import Linux

/// A pseudo file system at its usual place.
struct FilesystemMount: Equatable {
    var type: String
    /// What a list of mounts shows as its source.
    var source: String
    var destination: String
    var attributes: MountAttributes
    /// Options of the file system, separated by commas.
    var options: String

    init(_ type: String, source: String? = nil, at destination: String, _ attributes: MountAttributes, _ options: String = "") {
        self.type = type
        self.source = source ?? type
        self.destination = destination
        self.attributes = attributes
        self.options = options
    }

    /// The options as fsconfig(2) takes them.
    var pairs: [(key: String, value: String?)] {
        options.split(separator: ",").map { option in
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            return (key: parts[0], value: parts.count > 1 ? parts[1] : nil)
        }
    }

    /// As mount(2) takes them; it has the first four attributes in common with the newer calls.
    var flags: UInt64 {
        let common: MountAttributes = [.readonly, .noSetuid, .noDevices, .noExecute]
        return attributes.intersection(common).rawValue | (attributes.contains(.strictAccessTime) ? 1 << 24 : 0)
    }
}

/// A part of the host's tree.
struct BindMount: Equatable {
    var source: String
    var destination: String
    var readonly: Bool
    /// Whether `readonly` is meant for what is mounted below, too.
    var readonlyBelow = true
    var recursive: Bool
    var propagation: MountPropagation
    /// Whether what is mounted below has the same propagation.
    var propagatesBelow: Bool
    /// Besides `readonly`.
    var attributes: MountAttributes = []
    /// Where the source is looked up; nil is the host's mounts.
    var mountNamespace: String?
    /// Below the source; empty for the source itself.
    var subpath = ""
    /// Of an image with several: topmost first. They are the source then, whatever that says.
    var layers: [String] = []
    /// Whose its files are shown as; nil for their owners.
    var idMap: IDMap?

    init(source: String, at destination: String, mountNamespace: String? = nil) {
        self.source = source
        self.destination = destination
        self.mountNamespace = mountNamespace
        readonly = false
        recursive = true
        propagation = .private
        propagatesBelow = true
    }

    init(_ mount: MountSpec) throws(RuntimeFailure) {
        self.init(source: mount.source, at: mount.destination)
        readonly = mount.readonly
        readonlyBelow = mount.writableBelow != true
        recursive = !mount.nonRecursive
        subpath = mount.subpath ?? ""
        idMap = mount.idMap
        for option in mount.options {
            guard let attribute = Self.options[option] else {
                throw .mount(mount.source, mount.destination, "invalid mount option: \(option)")
            }
            attributes.formUnion(attribute)
        }
        guard let (propagation, below) = Self.propagations[mount.propagation] else {
            throw .mount(mount.source, mount.destination, "invalid mount propagation: \(mount.propagation)")
        }
        (self.propagation, propagatesBelow) = (propagation, below)
    }

    /// An image's files are never written.
    init(image mount: MountSpec) throws(RuntimeFailure) {
        let layers = mount.layers ?? []
        guard let first = layers.first else { throw .mount(mount.source, mount.destination, "the image has no layers") }
        self.init(source: layers.count == 1 ? first : mount.source, at: mount.destination)
        self.layers = layers.count == 1 ? [] : layers
        (readonly, recursive) = (true, false)
        subpath = mount.subpath ?? ""
        idMap = mount.idMap
    }

    private static let options: [String: MountAttributes] = ["nosuid": .noSetuid, "nodev": .noDevices, "noexec": .noExecute]

    private static let propagations: [String: (MountPropagation, Bool)] = [
        "": (.private, true), "rprivate": (.private, true), "private": (.private, false), "rslave": (.slave, true),
        "slave": (.slave, false), "rshared": (.shared, true), "shared": (.shared, false),
    ]
}

/// A memory file system of the user's.
struct TmpfsMount: Equatable {
    var destination: String
    var attributes: MountAttributes
    /// `size=64m` and so on, for the file system.
    var options: [String]

    /// Docker's defaults are noexec, nosuid and nodev; later options win.
    init(_ mount: MountSpec) throws(RuntimeFailure) {
        destination = mount.destination
        attributes = [.noExecute, .noSetuid, .noDevices]
        options = []
        for option in mount.options.flatMap({ $0.split(separator: ",").map(String.init) }) {
            if let (attribute, isSet) = Self.attributes[option] {
                if isSet { attributes.insert(attribute) } else { attributes.remove(attribute) }
            } else if !Self.withoutEffect.contains(option) {
                options.append(option)
            }
        }
        if mount.readonly { attributes.insert(.readonly) }
    }

    private static let attributes: [String: (MountAttributes, Bool)] = [
        "ro": (.readonly, true), "rw": (.readonly, false), "exec": (.noExecute, false), "noexec": (.noExecute, true),
        "suid": (.noSetuid, false), "nosuid": (.noSetuid, true), "dev": (.noDevices, false), "nodev": (.noDevices, true),
        "noatime": (.noAccessTime, true), "atime": (.noAccessTime, false), "strictatime": (.strictAccessTime, true),
        "nostrictatime": (.strictAccessTime, false), "nodiratime": (.noDirectoryAccessTime, true),
        "diratime": (.noDirectoryAccessTime, false),
    ]

    /// What a new mount is anyway: the propagation of a tmpfs has nobody to propagate to.
    private static let withoutEffect: Set<String> = [
        "defaults", "relatime", "norelatime", "async", "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable",
        "runbindable", "mand", "nomand",
    ]
}
