// What a failed start means: an exit code for the record, words for the client.
import Contracts
import RPC

/// Why a container, or an exec, could not be started.
struct StartFailure: Equatable {
    var exitCode: Int32
    var error: RPCError

    private static let notFound: Int32 = 127
    private static let notExecutable: Int32 = 126
    private static let unknown: Int32 = 128
    private static let containerPrefix =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
        + "unable to start container process: error during container init: "
    private static let execPrefix = "OCI runtime exec failed: exec failed: unable to start container process: "

    /// Clients tell 126 and 127 from the words, so these are runc's, word for word.
    init(container error: any Error, command: String) {
        self.init(error, command: command, prefix: Self.containerPrefix)
    }

    init(exec error: any Error, command: String) {
        self.init(error, command: command, prefix: Self.execPrefix)
    }

    private init(_ error: any Error, command: String, prefix: String) {
        guard let failure = error as? RPCError else {
            exitCode = Self.unknown
            self.error = RPCError(.internalError, "\(error)")
            return
        }
        let code = failure.details["exitCode"].flatMap { Int32($0) }
        exitCode = code ?? Self.unknown
        guard failure.details["step"] != nil || code != nil else {
            self.error = failure
            return
        }
        let reason = Self.reason(code, command, failure)
        self.error = RPCError(.invalidParameter, "\(prefix)\(reason): unknown", details: failure.details)
    }

    private static func reason(_ code: Int32?, _ command: String, _ failure: RPCError) -> String {
        switch code {
        case notFound where command.contains("/"): "exec: \"\(command)\": stat \(command): no such file or directory"
        case notFound: "exec: \"\(command)\": executable file not found in $PATH"
        case notExecutable: "exec: \"\(command)\": permission denied"
        default: failure.message
        }
    }
}
