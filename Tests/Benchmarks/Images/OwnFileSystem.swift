// A fresh file system for measurements, which nobody else sees and which is gone with the process.
import Foundation
import Glibc
import ServiceKit
import TestSupport

enum OwnFileSystem {
    /// `$1` is the size. The loop device and its file live for as long as they are mounted, which is as long as the program runs.
    private static let script = """
        set -e
        file=$(mktemp /var/tmp/berth-bench.XXXXXX)
        trap 'rm -f "$file"' EXIT
        truncate -s "$1" "$file"; shift
        mkfs.ext4 -q -F "$file"
        loop=$(losetup -f --show --direct-io=on "$file")
        mount "$loop" /tmp
        losetup -d "$loop"
        rm -f "$file"
        chmod 1777 /tmp
        export TMPDIR=/tmp
        exec "$@"
        """
    /// Sparse: only what is written takes space.
    private static let size = "30G"

    /// Replaces the process by itself, with one flag more, in a mount namespace of its own where `/tmp` is a new ext4.
    /// Throws when the host can't do that.
    static func enter(adding flag: String) throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let command =
            ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh", size, own]
            + CommandLine.arguments.dropFirst() + [flag]
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        execv(command[0], &words)
        throw SystemCallError("execv", command[0])
    }
}
