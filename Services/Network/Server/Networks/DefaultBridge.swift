// The device of the default bridge network, once it is up.

/// The default bridge in the kernel, and where its addresses come from.
struct DefaultBridge: Sendable {
    let networkID: String
    let address: InterfaceAddress
    let pool: IPAM.PoolID
    let attachment: BridgeAttachment

    var gateway: IPAddress { address.address }
    var subnet: IPPrefix { address.prefix }
}
