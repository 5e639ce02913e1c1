// The services of an engine as programs: what is started, with which flags, as whom, listening where.
import Contracts
import Glibc
import ServiceKit

struct ServiceProgram {
    /// A socket the supervisor holds open, so that clients wait while the service restarts instead of being refused.
    struct Socket {
        var path: String
        var mode: mode_t
        var group: gid_t
    }

    var name: String
    var executable: String
    var arguments: [String]
    var user: EngineUser
    var socket: Socket?
    /// Path of the socket by which the service has descriptors kept over its restarts; nil for one that has none.
    var keeperPath: String?
    /// Sockets that the supervisor was given for it, after its own.
    var inherited: [ActivatedSocket] = []
    /// nil for the supervisor's.
    var niceness: Int32?

    /// What it does is short, and somebody waits for it: where all processors are busy, it goes first.
    private static let gatewayNiceness: Int32 = -10

    /// In the order they are started; they are stopped in the reverse order.
    static func all(
        layout: EngineLayout, directory: String, gateway: EngineUser, logLevel: EngineOptions.LogLevel?, isDebugging: Bool = false,
        socketGroup: gid_t? = nil, inherited: [ActivatedSocket] = []
    ) -> [ServiceProgram] {
        var common = ["--root", layout.root, "--run", layout.run, "--config", layout.effectiveConfiguration]
        if let logLevel { common += ["--log-level", logLevel.rawValue] }
        let verbose = logLevel.map { [.trace, .debug].contains($0) } ?? isDebugging
        let served = gateway.uid == 0 ? [] : ["--serve-uid", "\(gateway.uid)"]
        func internalSocket(_ path: String) -> Socket { Socket(path: path, mode: 0o660, group: gateway.gid) }
        return [
            ServiceProgram(
                name: "images", executable: "\(directory)/berth-images", arguments: common + served, user: .root,
                socket: internalSocket(layout.imagesSocket)),
            ServiceProgram(
                name: "network", executable: "\(directory)/berth-network", arguments: common + served, user: .root,
                socket: internalSocket(layout.networkSocket), keeperPath: "\(layout.run)/network-notify"),
            ServiceProgram(
                name: "shim", executable: "\(directory)/berth-shim",
                arguments: ["--listen", layout.shimSocket, "--run", layout.run] + served + (verbose ? ["--verbose"] : []), user: .root,
                socket: nil),
            ServiceProgram(
                name: "gateway", executable: "\(directory)/berth-gateway", arguments: common, user: gateway,
                socket: Socket(path: layout.gatewaySocket, mode: 0o660, group: socketGroup ?? gateway.gid), inherited: inherited,
                niceness: gatewayNiceness),
        ]
    }
}
