// What is wrong with a request, and what is only worth knowing.
import RPC

/// Collects every fault and warning, so that the user sees all of them at once.
struct SettingsReport: Equatable {
    private(set) var faults: [String] = []
    private(set) var warnings: [String] = []

    mutating func fault(_ message: String) {
        if !faults.contains(message) { faults.append(message) }
    }

    mutating func warn(_ message: String) {
        if !warnings.contains(message) { warnings.append(message) }
    }

    mutating func fault(unless condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { fault(message()) }
    }

    /// Notes the failure of a parser.
    mutating func check(_ body: () throws(RPCError) -> Void) {
        do { try body() } catch { fault(error.message) }
    }

    /// Throws `invalidParameter` with all faults, one a line.
    func throwFaults() throws(RPCError) {
        guard faults.isEmpty else { throw RPCError(.invalidParameter, faults.joined(separator: "\n")) }
    }
}
