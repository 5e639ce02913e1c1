// The names in a directory.
import CLinux

enum DirectoryListing {
    private final class Names {
        var all: [RawPath] = []
    }

    /// All names but `.` and `..`, in no order; `path` is for the error's words. Throws `SystemError`.
    static func names(_ directory: Descriptor, path: String) throws(SystemError) -> [RawPath] {
        let names = Names()
        let result = directory.use { descriptor in
            withExtendedLifetime(names) {
                clinux_layer_list(descriptor, Unmanaged.passUnretained(names).toOpaque()) { context, name in
                    guard let context, let name else { return 1 }
                    Unmanaged<Names>.fromOpaque(context).takeUnretainedValue().all.append(RawPath(cString: name))
                    return 0
                }
            }
        }
        try SystemError.check(result, "readdir", path)
        return names.all
    }

    /// Of a directory by its path.
    static func names(path: String) throws(SystemError) -> [RawPath] {
        try names(Descriptor.directory(path), path: path)
    }
}
