// Says which service is missing, and what to do about it.
import RPC

/// Failures to reach another service.
enum ServiceFailure {
    /// Runs a call; when the service can't be reached, the error names it and the next step.
    nonisolated(nonsending) static func named<T>(_ service: ServiceName, _ call: () async throws -> T) async throws -> T {
        do {
            return try await call()
        } catch let error as RPCError where error.code == .unavailable {
            throw unavailable(service, reason: error.message)
        }
    }

    static func unavailable(_ service: ServiceName, reason: String) -> RPCError {
        RPCError(
            .unavailable,
            "the \(title(service)) is not available (\(reason)); check it with 'systemctl status berth-\(service.rawValue)' and try again",
            details: ["service": service.rawValue])
    }

    private static func title(_ service: ServiceName) -> String {
        switch service {
        case .gateway: "gateway"
        case .images: "image service"
        case .network: "network service"
        case .shim: "shim"
        }
    }
}
