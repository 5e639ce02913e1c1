// Finds the file to execute, and says why there is none in the words of Go's exec package, which Docker clients look for.
import CLinux
import Glibc
import Linux

enum CommandLookup {
    /// The path to execute. A name without a slash is looked for in the directories of `PATH`.
    static func find(_ name: String, environment: [String]) throws(RuntimeFailure) -> String {
        if name.utf8.contains(UInt8(ascii: "/")) {
            let code = refusal(of: name)
            guard code != 0 else { return name }
            let stat = code == ENOENT || code == ENOTDIR ? "stat \(name): " : ""
            throw failure(name, code, stat + Errno.reason(of: code))
        }
        for candidate in candidates(name, environment: environment) where refusal(of: candidate) == 0 { return candidate }
        throw failure(name, ENOENT, "executable file not found in $PATH")
    }

    /// The paths at which the file may be, in the order in which they are tried.
    static func candidates(_ name: String, environment: [String]) -> [String] {
        if name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) { return name.isEmpty ? [] : [name] }
        let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
        return path.split(separator: ":").filter { $0.first == "/" }.map { "\($0)/\(name)" }
    }

    /// The failure of an execve of a file that looked right.
    static func failedExec(_ path: String, _ code: Int32) -> RuntimeFailure {
        RuntimeFailure(step: "exec", errno: code, exitCode: exitCode(code), message: "exec \(path): \(Errno.reason(of: code))")
    }

    private static func failure(_ name: String, _ code: Int32, _ reason: String) -> RuntimeFailure {
        RuntimeFailure(step: "exec", errno: code, exitCode: exitCode(code), message: "exec: \"\(name)\": \(reason)")
    }

    private static func exitCode(_ code: Int32) -> Int32 { code == ENOENT || code == ENOTDIR ? 127 : 126 }

    /// 0 when the calling process, with the rights it has now, may execute the file; otherwise why not.
    private static func refusal(of path: String) -> Int32 {
        var file = clinux_file()
        let result = clinux_stat(path, &file)
        guard result == 0 else { return -result }
        guard file.kind != Int32(CLINUX_KIND_DIRECTORY) else { return EISDIR }
        guard faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0 else { return 0 }
        return errno
    }
}
