// Everything a shim needs to know to run one container: the resolved, host-bound form of Docker's create request.

/// The container a shim runs. Built by the gateway at start, from its record and the other services' answers.
public struct ContainerSpec: Codable, Sendable, Equatable {
    /// 64 hexadecimal digits.
    public var id: String
    public var rootfs: RootfsSpec
    public var process: ProcessSpec
    public var hostname: String
    public var domainname: String
    public var namespaces: NamespaceSpec
    /// In the order they are to be made; the defaults (`/proc`, `/dev`, `/sys`…) are the shim's own and come before.
    public var mounts: [MountSpec]
    /// Bytes of `/dev/shm`; 0 for none.
    public var shmSize: Int64
    public var devices: [DeviceSpec]
    /// Device rules beyond the defaults, as Docker writes them: `c 10:200 rwm`.
    public var deviceRules: [String]
    public var maskedPaths: [String]
    public var readonlyPaths: [String]
    /// `net.…`, `kernel.shm…` and so on, written in the new namespaces.
    public var sysctls: [String: String]
    public var cgroup: CgroupSpec
    public var seccomp: SeccompSpec
    /// All devices, a writable `/sys` and cgroup, nothing masked.
    public var privileged: Bool
    /// A small init as PID 1 that reaps and forwards signals (`--init`).
    public var usesInit: Bool
    /// The map of the user namespace that the container runs in; nil for the host's. Its network namespace, unless the shim makes it,
    /// belongs to that user namespace.
    public var idMap: IDMap?
    /// Run one after the other each time the container's process is about to be made; not with a user namespace. nil for none.
    public var hooks: [HookSpec]?

    public init(
        id: String, rootfs: RootfsSpec, process: ProcessSpec, hostname: String, domainname: String = "",
        namespaces: NamespaceSpec = NamespaceSpec(), mounts: [MountSpec] = [], shmSize: Int64 = 64 << 20,
        devices: [DeviceSpec] = [], deviceRules: [String] = [], maskedPaths: [String] = [], readonlyPaths: [String] = [],
        sysctls: [String: String] = [:], cgroup: CgroupSpec = CgroupSpec(), seccomp: SeccompSpec = .builtin,
        privileged: Bool = false, usesInit: Bool = false, idMap: IDMap? = nil, hooks: [HookSpec]? = nil
    ) {
        self.id = id
        self.rootfs = rootfs
        self.process = process
        self.hostname = hostname
        self.domainname = domainname
        self.namespaces = namespaces
        self.mounts = mounts
        self.shmSize = shmSize
        self.devices = devices
        self.deviceRules = deviceRules
        self.maskedPaths = maskedPaths
        self.readonlyPaths = readonlyPaths
        self.sysctls = sysctls
        self.cgroup = cgroup
        self.seccomp = seccomp
        self.privileged = privileged
        self.usesInit = usesInit
        self.idMap = idMap
        self.hooks = hooks
    }
}

/// The overlay that the shim mounts inside the container's own mount namespace.
public struct RootfsSpec: Codable, Sendable, Equatable {
    /// Topmost first, as overlayfs lists them.
    public var lower: [String]
    public var upper: String
    public var work: String
    public var readonly: Bool

    public init(lower: [String], upper: String, work: String, readonly: Bool = false) {
        self.lower = lower
        self.upper = upper
        self.work = work
        self.readonly = readonly
    }
}

/// Which namespaces are the container's own, and which it shares.
public struct NamespaceSpec: Codable, Sendable, Equatable {
    public enum Mode: Codable, Sendable, Equatable {
        /// A new namespace.
        case own
        /// The host's.
        case host
        /// The one bound at this path (`/proc/<pid>/ns/ipc`, or a pinned one).
        case path(String)
    }

    public var network: Mode
    public var pid: Mode
    public var ipc: Mode
    public var uts: Mode
    public var cgroup: Mode

    public init(network: Mode = .own, pid: Mode = .own, ipc: Mode = .own, uts: Mode = .own, cgroup: Mode = .own) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
        self.uts = uts
        self.cgroup = cgroup
    }
}

/// A bind, a tmpfs or an image's files in the container.
public struct MountSpec: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable { case bind, tmpfs, image }

    public var kind: Kind
    /// Host path of a bind; the image as its user names it; unused for a tmpfs.
    public var source: String
    /// Absolute path in the container; made if it is not there.
    public var destination: String
    public var readonly: Bool
    /// `rprivate`, `private`, `rshared`, `shared`, `rslave` or `slave`.
    public var propagation: String
    /// Bind without what is mounted below the source.
    public var nonRecursive: Bool
    /// Extra options of a tmpfs as mount(8) takes them: `size=64m`, `mode=1777`, `exec`… Of a bind: `nosuid`, `nodev` and `noexec`.
    public var options: [String]
    /// Makes the host path, as a root-owned directory, when it is missing (Docker's rule for `Binds`).
    public var createsSource: Bool
    /// A path below the source of a bind, or in an image, which is what is mounted; no link in it leads out of the source.
    /// nil or empty for the source itself.
    public var subpath: String?
    /// For a read-only bind: whether mounts below its source stay writable.
    public var writableBelow: Bool?
    /// For an image: its layers, topmost first. A single layer is mounted as it is.
    public var layers: [String]?
    /// For a bind: maps each owner in the file system to the owner that files have in the container and on the host.
    public var idMap: IDMap?

    public init(
        kind: Kind, source: String = "", destination: String, readonly: Bool = false, propagation: String = "rprivate",
        nonRecursive: Bool = false, options: [String] = [], createsSource: Bool = false, subpath: String? = nil,
        writableBelow: Bool? = nil, layers: [String]? = nil, idMap: IDMap? = nil
    ) {
        self.kind = kind
        self.source = source
        self.destination = destination
        self.readonly = readonly
        self.propagation = propagation
        self.nonRecursive = nonRecursive
        self.options = options
        self.createsSource = createsSource
        self.subpath = subpath
        self.writableBelow = writableBelow
        self.layers = layers
        self.idMap = idMap
    }
}

/// A host device made visible in the container.
public struct DeviceSpec: Codable, Sendable, Equatable {
    public var hostPath: String
    public var containerPath: String
    /// Any of `r`, `w`, `m`; empty only with a `node`: it is made, and not allowed to be used.
    public var permissions: String
    /// The node as it was described; nil for one like the host's, or for all in the host's directory.
    public var node: DeviceNodeSpec?

    public init(hostPath: String, containerPath: String, permissions: String = "rwm", node: DeviceNodeSpec? = nil) {
        self.hostPath = hostPath
        self.containerPath = containerPath
        self.permissions = permissions
        self.node = node
    }
}

/// Which system calls the container's processes may make.
public enum SeccompSpec: Codable, Sendable, Equatable {
    /// Docker's default rules, opened by the container's capabilities.
    case builtin
    case unconfined
    /// A profile in Docker's JSON.
    case profile(String)
}
