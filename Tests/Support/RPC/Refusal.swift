// Whether a rule forbids something.
import RPC

/// Any other error isn't a refusal: what is to be refused must be so for the rule's sake.
public func isRefused(_ body: () throws -> Void) -> Bool {
    do {
        try body()
        return false
    } catch {
        return (error as? RPCError)?.code == .forbidden
    }
}
