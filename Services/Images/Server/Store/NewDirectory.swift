// Makes directories with the mode asked for, whatever the umask.
import Glibc

enum NewDirectory {
    /// Fails when it is there. Throws `SystemError`.
    static func make(_ path: String, _ mode: mode_t) throws(SystemError) {
        if mkdir(path, mode) < 0 { throw SystemError(call: "mkdir", path: path, code: errno) }
        if chmod(path, mode) < 0 { throw SystemError(call: "chmod", path: path, code: errno) }
    }

    /// Leaves one alone that is there. Throws `SystemError`.
    static func ensure(_ path: String, _ mode: mode_t) throws(SystemError) {
        do {
            try make(path, mode)
        } catch  where error.code == EEXIST && error.call == "mkdir" {}
    }
}
