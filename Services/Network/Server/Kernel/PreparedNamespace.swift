// A network namespace made ahead of time, and what is known of it without entering it again.

/// A pinned namespace, with loopback up and the default settings, ready for a container.
struct PreparedNamespace: Sendable {
    /// One end of a veth pair in the namespace, up and without an address; the other is a port of the bridge.
    struct Interface: Sendable {
        /// `eth0`.
        let name: String
        let index: Int32
        let mac: MACAddress?
        /// Name of the other end, in the host.
        let hostName: String
        /// Index of the bridge that the other end is a port of.
        let bridge: Int32
    }

    /// Name of the pin below the run directory.
    let name: String
    let path: String
    /// Opened in the namespace: configures it from any thread.
    let socket: NetlinkSocket
    let interface: Interface?
    /// Of one that waits for a container with a user namespace of its own.
    var users: UnmappedUsers?
}

/// The bridge that a namespace's interface is to be attached to.
struct BridgeAttachment: Sendable, Equatable {
    let index: Int32
    let mtu: Int
}
