// Why an archive can't become a layer.
import Glibc

/// An archive that is broken, hostile or too large, or a file system that wouldn't take it.
enum UnpackError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A name or link target that leads out of the layer.
    case escapes(entry: String)
    /// A name that no file of Linux can have.
    case tooLong(entry: String)
    /// A hard link to what isn't there.
    case missingLinkTarget(entry: String, target: String)
    case unsupportedEntry(entry: String)
    case malformed(String)
    /// A directory in place of something else, or the other way round.
    case kind(String)
    case tooManyEntries(limit: Int)
    case system(call: String, entry: String, code: Int32)

    var description: String {
        switch self {
        case .escapes(let entry): "invalid archive: entry \"\(entry)\" leads out of the layer; nothing outside was touched"
        case .tooLong(let entry): "invalid archive: the name of entry \"\(entry.prefix(300))…\" is too long"
        case .missingLinkTarget(let entry, let target):
            "invalid archive: hard link \"\(entry)\" points to \"\(target)\", which is not in the layer"
        case .unsupportedEntry(let entry): "invalid archive: entry \"\(entry)\" is of an unknown type"
        case .malformed(let reason): "invalid archive: \(reason)"
        case .kind(let reason): reason
        case .tooManyEntries(let limit): "invalid archive: more than \(limit) entries in one layer"
        case .system(let call, let entry, let code) where isByArchive:
            "invalid archive: entry \"\(entry)\": \(call): \(SystemError.text(code))"
        case .system(let call, let entry, let code): "unpacking \"\(entry)\": \(call): \(SystemError.text(code))"
        }
    }

    /// Whether what the archive asks for is to blame, and not the disk or the host.
    var isByArchive: Bool {
        guard case .system(_, _, let code) = self else { return true }
        return [EEXIST, ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EINVAL, EPERM, E2BIG, ERANGE, EMLINK, ENOTSUP].contains(code)
    }
}
