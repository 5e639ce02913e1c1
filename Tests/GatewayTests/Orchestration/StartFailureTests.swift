// What a failed start means, in words and as an exit code: clients go by both.
import RPC
import Testing

@testable import GatewayOrchestration

@Suite struct StartFailureTests {
    private static let container =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
        + "unable to start container process: error during container init: "
    private static let exec = "OCI runtime exec failed: exec failed: unable to start container process: "

    private func failure(_ step: String, _ message: String, code: Int32? = nil) -> RPCError {
        var details = ["step": step, "errno": "0"]
        details["exitCode"] = code.map(String.init)
        return RPCError(.invalidParameter, message, details: details)
    }

    @Test(arguments: [
        ("user", "unable to find user nosuch: no matching entries in passwd file"),
        ("devices", "error gathering device information while adding custom device \"/dev/x\": no such file or directory"),
    ])
    func whatIsWrongBeforeAnythingIsMadeIsSaidPlainly(step: String, message: String) {
        let container = StartFailure(container: failure(step, message), command: "sh")
        #expect(container.error.message == message && container.exitCode == 128 && container.error.code == .invalidParameter)
        let exec = StartFailure(exec: failure(step, message), command: "sh")
        #expect(exec.error.message == message && exec.exitCode == 126)
    }

    @Test(
        arguments: [
            ("chdir to cwd (\"/x\") set in config.json failed: no such file or directory", 127, ""),
            ("mkdir /x: permission denied", 126, ""),
            (
                "error mounting \"/etc\" to rootfs at \"/bin/sh\": not a directory", 127,
                ": Are you trying to mount a directory onto a file (or vice-versa)? "
                    + "Check if the specified host path exists and is the expected type"
            ),
            ("invalid argument", 128, ""),
        ] as [(String, Int32, String)])
    func theCodeFollowsTheWords(message: String, code: Int32, hint: String) {
        let container = StartFailure(container: failure("mount", message), command: "sh")
        #expect(container.error.message == "\(Self.container)\(message): unknown\(hint)" && container.exitCode == code)
        let exec = StartFailure(exec: failure("mount", message), command: "sh")
        #expect(exec.error.message == "\(Self.exec)\(message): unknown\(hint)" && exec.exitCode == code)
    }

    @Test(
        arguments: [
            ("sh", 127, "exec: \"sh\": executable file not found in $PATH"),
            ("/x", 127, "exec: \"/x\": stat /x: no such file or directory"),
            ("/etc", 126, "exec: \"/etc\": permission denied"),
        ] as [(String, Int32, String)])
    func aCommandThatCannotBeRunIsNamed(command: String, code: Int32, reason: String) {
        let failed = StartFailure(container: failure("exec", "not said", code: code), command: command)
        #expect(failed.error.message == "\(Self.container)\(reason): unknown" && failed.exitCode == code)
    }

    @Test func anotherServicesErrorStaysAsItIs() {
        let failed = StartFailure(container: RPCError(.notFound, "network x not found"), command: "sh")
        #expect(failed.error == RPCError(.notFound, "network x not found") && failed.exitCode == 128)
    }
}
