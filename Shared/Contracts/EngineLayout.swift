// Where one engine keeps its files and sockets. Two engines side by side differ in nothing else.

/// The paths of an engine, all below a root that lasts and a run directory that a reboot may clear.
public struct EngineLayout: Sendable, Equatable {
    /// Durable state, `/var/lib/berth` by default.
    public var root: String
    /// Sockets, pinned namespaces and what else ends with the machine, `/run/berth` by default.
    public var run: String

    public static let defaultRoot = "/var/lib/berth"
    public static let defaultRun = "/run/berth"

    public init(root: String = defaultRoot, run: String = defaultRun) {
        self.root = root
        self.run = run
    }

    /// The Docker Engine API.
    public var gatewaySocket: String { "\(run)/berth.sock" }
    public var imagesSocket: String { "\(run)/images.sock" }
    public var networkSocket: String { "\(run)/network.sock" }
    /// Each connection here is answered by a fresh shim process.
    public var shimSocket: String { "\(run)/shim.sock" }
    /// One directory a container that has a shim.
    public var shims: String { "\(run)/shims" }

    public func shimDirectory(_ containerID: String) -> String { "\(shims)/\(containerID)" }
    /// Where a shim that was given a container is reached again.
    public func shimSocket(of containerID: String) -> String { "\(shimDirectory(containerID))/shim.sock" }

    /// Owned by the gateway: records, event journal.
    public var gatewayState: String { "\(root)/gateway" }
    /// Held locked by the gateway whose records these are.
    public var gatewayLock: String { "\(gatewayState)/lock" }
    /// Owned by the image service: blobs, layers, snapshots.
    public var imagesState: String { "\(root)/images" }
    /// Owned by the network service: networks, leases, and the hosts, hostname and resolv.conf files.
    public var networkState: String { "\(root)/network" }
    /// Pinned network namespaces.
    public var networkNamespaces: String { "\(run)/netns" }

    /// Owned by shims: a container's log files and its exit record.
    public var containers: String { "\(root)/containers" }
    public func containerDirectory(_ containerID: String) -> String { "\(containers)/\(containerID)" }
    public func logFile(_ containerID: String) -> String {
        "\(containerDirectory(containerID))/\(containerID)-json.log"
    }
    /// What was saved of a container's processes, by name.
    public func checkpoints(_ containerID: String) -> String { "\(containerDirectory(containerID))/checkpoints" }
    public func exitRecord(_ containerID: String) -> String { "\(containerDirectory(containerID))/exit" }
}
