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

    /// What dockerd finds out before it has a runtime make anything, and says without a runtime's words.
    private static let earlySteps: Set<String> = ["user", "devices"]

    /// Clients tell 126 and 127 from the words, so these are runc's, word for word.
    init(container error: any Error, command: String) {
        self.init(error, command: command, prefix: Self.containerPrefix, otherwise: Self.unknown)
    }

    init(exec error: any Error, command: String) {
        self.init(error, command: command, prefix: Self.execPrefix, otherwise: Self.notExecutable)
    }

    /// - Parameter otherwise: the code of what is found out before a process is made.
    private init(_ error: any Error, command: String, prefix: String, otherwise: Int32) {
        guard let failure = error as? RPCError else {
            exitCode = otherwise
            self.error = RPCError(.internalError, "\(error)")
            return
        }
        let code = failure.details["exitCode"].flatMap { Int32($0) }
        guard let step = failure.details["step"] ?? code.map({ _ in "exec" }) else {
            (exitCode, self.error) = (otherwise, failure)
            return
        }
        guard !Self.earlySteps.contains(step) else {
            exitCode = otherwise
            self.error = RPCError(.invalidParameter, failure.message, details: failure.details)
            return
        }
        let reason = Self.reason(code, command, failure)
        exitCode = code ?? Self.code(of: reason)
        let words = "\(prefix)\(reason): unknown\(Self.hint(for: reason))"
        self.error = RPCError(.invalidParameter, words, details: failure.details)
    }

    private static func reason(_ code: Int32?, _ command: String, _ failure: RPCError) -> String {
        switch code {
        case notFound where command.contains("/"): "exec: \"\(command)\": stat \(command): no such file or directory"
        case notFound: "exec: \"\(command)\": executable file not found in $PATH"
        case notExecutable: "exec: \"\(command)\": permission denied"
        default: failure.message
        }
    }

    /// The exit code that dockerd derives from a runtime's words.
    private static func code(of reason: String) -> Int32 {
        if reason.contains("permission denied") || reason.contains("is a directory") { return notExecutable }
        return reason.contains("not a directory") || reason.contains("no such file or directory") ? notFound : unknown
    }

    private static func hint(for reason: String) -> String {
        guard reason.contains("not a directory") else { return "" }
        return ": Are you trying to mount a directory onto a file (or vice-versa)? "
            + "Check if the specified host path exists and is the expected type"
    }
}
