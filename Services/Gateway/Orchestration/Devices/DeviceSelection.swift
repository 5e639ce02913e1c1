// Which devices a container's requests ask for, as dockerd's drivers decide it. Pure.
import Models
import RPC

struct DeviceSelection {
    let catalog: CDICatalog
    /// Whether there are directories of specifications at all.
    let isEnabled: Bool

    /// What the kind of GPU is called that requests without a driver ask for.
    private static let graphics = "nvidia.com/gpu"
    private static let graphicsCapabilities: Set<String> = [
        "gpu", "nvidia", "compute", "compat32", "graphics", "utility", "video", "display",
    ]
    private static let prefix = "CDI device injection failed: "

    /// What all of them together add. Errors: internal, as dockerd has it for whatever goes wrong once a container is being started.
    func edits(for requests: [DeviceRequest]) throws(RPCError) -> CDIEdits {
        var names: [String] = []
        for request in requests { names += try self.names(request).filter { !names.contains($0) } }
        guard !names.isEmpty else { return CDIEdits() }
        guard isEnabled else { throw Self.failure(Self.prefix + "no CDI specification directories specified") }
        do throws(CDIFault) {
            return try catalog.edits(for: names)
        } catch {
            throw Self.failure(Self.prefix + error.words)
        }
    }

    private func names(_ request: DeviceRequest) throws(RPCError) -> [String] {
        switch request.driver {
        case "cdi":
            guard request.count == 0 else { throw Self.failure("unexpected count in CDI device request") }
            try checkOptions(request)
            return request.deviceIDs ?? []
        case "" where isGraphics(request), "nvidia" where isGraphics(request):
            try checkOptions(request)
            return try graphics(request).map { $0.contains("=") ? $0 : "\(Self.graphics)=\($0)" }
        default:
            throw Self.failure(
                "could not select device driver \"\(request.driver)\" with capabilities: \(Self.text(request.capabilities ?? []))")
        }
    }

    private func checkOptions(_ request: DeviceRequest) throws(RPCError) {
        guard (request.options ?? [:]).isEmpty else { throw Self.failure("unexpected options in CDI device request") }
    }

    /// There are such devices, and one of the alternatives has nothing but what they can.
    private func isGraphics(_ request: DeviceRequest) -> Bool {
        catalog.names.contains { $0.hasPrefix(Self.graphics + "=") }
            && (request.capabilities ?? []).contains { $0.allSatisfy(Self.graphicsCapabilities.contains) }
    }

    private func graphics(_ request: DeviceRequest) throws(RPCError) -> [String] {
        let devices = request.deviceIDs ?? []
        guard request.count == 0 || devices.isEmpty else { throw Self.failure("cannot set both Count and DeviceIDs on device request") }
        guard devices.isEmpty else { return devices }
        // Excess indices fail later, when the device name isn't found.
        return request.count < 0 ? ["all"] : (0..<min(request.count, 1024)).map(String.init)
    }

    /// As Go prints a list of lists.
    private static func text(_ capabilities: [[String]]) -> String {
        "[" + capabilities.map { "[" + $0.joined(separator: " ") + "]" }.joined(separator: " ") + "]"
    }

    private static func failure(_ words: String) -> RPCError { RPCError(.internalError, words) }
}
