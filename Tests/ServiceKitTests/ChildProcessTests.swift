// Children start clean: signals, descriptors, session; and their end is told as it was.
import Foundation
import Glibc
import ServiceKit
import Testing

@Suite struct ChildProcessTests {
    /// Runs a shell script with its output in a file, and returns that with how it ended.
    private func run(_ script: String, group: ChildProcess.Group = .own, environment: [String]? = nil) throws -> (
        output: String, exit: ChildExit
    ) {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-child-\(UUID().uuidString)").path
        let output = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer {
            close(output)
            unlink(path)
        }
        let child = ChildProcess(
            path: "/bin/sh", arguments: ["-c", script], environment: environment, descriptors: [1: output], group: group)
        let pid = try child.spawn()
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return (try String(contentsOfFile: path, encoding: .utf8), ChildExit(waitStatus: status))
    }

    @Test(arguments: [("exit 0", ChildExit.code(0)), ("exit 200", .code(200)), ("kill -9 $$", .signal(9)), ("kill -TERM $$", .signal(15))])
    func exit(script: String, exit: ChildExit) throws {
        #expect(try run(script).exit == exit)
    }

    @Test func signalsAreAtTheirDefaults() async throws {
        // Tasks run on threads that block nearly every signal.
        let status = try await Task { try run("grep -E '^Sig(Blk|Ign)' /proc/self/status").output }.value
        let masks = status.split(separator: "\n").compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } }
        // The C library keeps signals 32 and 33 to itself: posix_spawn can't reset them when the tests' own parent ignored them.
        let hidden: UInt64 = 0b11 << 31
        #expect(masks.map { $0 & ~hidden } == [0, 0], "\(status)")
    }

    @Test func nothingButTheStandardDescriptors() throws {
        let held = open("/dev/null", O_RDONLY)
        defer { close(held) }
        let listed = try run("ls /proc/$$/fd").output.split(separator: "\n").compactMap { Int($0) }
        #expect(listed.filter { $0 > 2 && $0 < 10 } == [])
    }

    @Test func groupsAndSessions() throws {
        let ids = "cut -d' ' -f5,6 /proc/$$/stat; echo $$"
        func fields(_ group: ChildProcess.Group) throws -> [Int32] {
            try run(ids, group: group).output.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
        let inherited = try fields(.inherited)
        #expect(inherited.prefix(2) == [getpgrp(), getsid(0)])
        let own = try fields(.own)
        #expect(own == [own[2], getsid(0), own[2]])
        let session = try fields(.ownSession)
        #expect(session == [session[2], session[2], session[2]])
    }

    @Test func environmentIsTheGivenOne() throws {
        #expect(try run("echo $A$HOME", environment: ["A=b"]).output == "b\n")
    }

    @Test func missingProgramIsAnError() {
        let error = #expect(throws: SystemCallError.self) { try ChildProcess(path: "/no/such/program").spawn() }
        #expect(error?.code == ENOENT)
        #expect(error?.description == "start /no/such/program: No such file or directory")
    }
}
