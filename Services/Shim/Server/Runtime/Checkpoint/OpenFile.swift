// How CRIU names open files that it can't find in the container.
import CLinux
import Glibc
import Linux

enum OpenFile {
    /// Of either end.
    static func pipe(_ inode: UInt64) -> String { "pipe:[\(inode)]" }

    static func pipe(of descriptor: Int32) -> String? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? pipe(UInt64(status.st_ino)) : nil
    }

    static func file(mount: Int, inode: UInt64) -> String { "file[\(String(mount, radix: 16)):\(String(inode, radix: 16))]" }

    /// The number of the mount that a file was opened on, from what the kernel tells of its descriptor.
    static func mount(of information: String) -> Int? {
        do throws(Errno) {
            let lines = try SmallFile.text(information).split(separator: "\n")
            return lines.first { $0.hasPrefix("mnt_id:") }.flatMap { Int($0.drop { !$0.isNumber }) }
        } catch {
            return nil
        }
    }

    /// The host's null device, wherever processes of a container have it as their stdin, stdout or stderr.
    static func hostNulls(of processes: [Int32], in table: MountTable) -> [String] {
        var found = Set<String>()
        for pid in processes {
            for number in 0...2 {
                let link = "/proc/\(pid)/fd/\(number)"
                var status = stat()
                guard isNull(link), stat(link, &status) == 0, let mount = mount(of: "/proc/\(pid)/fdinfo/\(number)"),
                    !table.contains(id: mount)
                else { continue }
                found.insert(file(mount: mount, inode: UInt64(status.st_ino)))
            }
        }
        return found.sorted()
    }

    /// Whatever its name is.
    private static func isNull(_ link: String) -> Bool {
        var file = clinux_file()
        return clinux_stat(link, &file) == 0 && file.kind == Int32(CLINUX_KIND_CHARACTER) && file.major == 1 && file.minor == 3
    }
}
