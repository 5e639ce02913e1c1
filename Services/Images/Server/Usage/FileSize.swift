// The size of one file.
import CLinux

enum FileSize {
    /// 0 when it has gone.
    static func of(_ name: RawPath, in directory: Descriptor) -> Int64 {
        var status = clinux_status()
        return directory.use { clinux_file_status($0, name.cString, &status) } == 0 ? status.size : 0
    }
}
