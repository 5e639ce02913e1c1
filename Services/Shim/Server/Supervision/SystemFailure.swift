// A system call of the shim's that failed, as an error that crosses to the caller.
import Glibc
import RPC

enum SystemFailure {
    static func error(_ call: String, _ object: String, code: Int32 = errno) -> RPCError {
        let isExhaustion = [ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM].contains(code)
        return RPCError(
            isExhaustion ? .resourceExhausted : .internalError, "\(call) \(object): \(words(code))",
            details: ["step": call, "errno": String(code)])
    }

    static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
