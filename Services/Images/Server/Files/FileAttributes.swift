// Extended attributes and link targets of files, by the directory they are in.
import CLinux
import Glibc

enum FileAttributes {
    /// What the kernel allows for a list of names, and for a value.
    private static let capacity = 65_536

    /// All attributes of the entry itself. A file system without attributes has none. Throws `SystemError`.
    static func all(_ directory: Descriptor, _ name: RawPath) throws(SystemError) -> [TarEntry.Attribute] {
        let names = try names(directory, name)
        var attributes: [TarEntry.Attribute] = []
        for attribute in names {
            if let value = try value(of: attribute, directory, name) { attributes.append(.init(name: attribute, value: value)) }
        }
        return attributes
    }

    private static func names(_ directory: Descriptor, _ name: RawPath) throws(SystemError) -> [String] {
        let empty = directory.use { clinux_file_attributes($0, name.cString, nil, 0) }
        if empty == 0 || empty == -Int64(ENOTSUP) || empty == -Int64(ENOENT) { return [] }
        var buffer = [CChar](repeating: 0, count: capacity)
        let length = directory.use { clinux_file_attributes($0, name.cString, &buffer, buffer.count) }
        if length == -Int64(ENOENT) { return [] }
        try SystemError.check(Int32(length), "list the extended attributes", "\(name)")
        return buffer[..<Int(length)].split(separator: 0).map { String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    /// nil when it has gone since.
    static func value(of attribute: String, _ directory: Descriptor, _ name: RawPath) throws(SystemError) -> [UInt8]? {
        let length = directory.use { clinux_layer_getxattr($0, name.cString, attribute, nil, 0) }
        if length == -Int64(ENODATA) || length == -Int64(ENOTSUP) || length == -Int64(ENOENT) { return nil }
        try SystemError.check(Int32(length), "read the extended attribute \(attribute)", "\(name)")
        var value = [UInt8](repeating: 0, count: Int(length))
        let read = directory.use { clinux_layer_getxattr($0, name.cString, attribute, &value, value.count) }
        if read == -Int64(ENODATA) || read == -Int64(ERANGE) { return nil }
        try SystemError.check(Int32(read), "read the extended attribute \(attribute)", "\(name)")
        return Array(value.prefix(Int(read)))
    }

    /// Where a symbolic link points. Throws `SystemError`.
    static func linkTarget(_ directory: Descriptor, _ name: RawPath) throws(SystemError) -> RawPath {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = directory.use { clinux_read_link($0, name.cString, &buffer, buffer.count) }
        try SystemError.check(Int32(length), "readlink", "\(name)")
        return RawPath(bytes: buffer[..<length])
    }
}
