// Compares a layer's files with the same layer unpacked anew, and puts right what differs.
import CLinux
import Glibc

/// Two directories, the files in use and the ones that are right. Blocks.
struct TreeComparison: Sendable {
    let actual: String
    let expected: String

    /// Every difference, parents before what is in them. Throws `SystemError`.
    func run() throws -> [TreeDifference] {
        var differences: [TreeDifference] = []
        var pending: [RawPath] = [RawPath(bytes: [])]
        while let directory = pending.popLast() {
            try compare(directory, &differences, &pending)
        }
        return differences
    }

    private func compare(_ directory: RawPath, _ differences: inout [TreeDifference], _ pending: inout [RawPath]) throws {
        let (left, right) = (try open(actual, directory), try open(expected, directory))
        let found = Set(try DirectoryListing.names(left, path: actual)), wanted = Set(try DirectoryListing.names(right, path: expected))
        for name in found.subtracting(wanted) { differences.append(.init(parent: directory, name: name, kind: .extra)) }
        for name in wanted.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            guard found.contains(name) else {
                differences.append(.init(parent: directory, name: name, kind: .missing))
                continue
            }
            let (one, other) = (try FileFacts(left, name), try FileFacts(right, name))
            if let kind = try difference(one, other, left, right, name) {
                differences.append(.init(parent: directory, name: name, kind: kind))
            }
            if one.isDirectory, other.isDirectory { pending.append(Self.path(directory, name)) }
        }
    }

    private func difference(
        _ one: FileFacts, _ other: FileFacts, _ left: Descriptor, _ right: Descriptor, _ name: RawPath
    ) throws -> TreeDifference.Kind? {
        if one.type != other.type || one.device != other.device || one.target != other.target { return .type }
        if one.isRegular {
            if one.size != other.size { return .content }
            let same = try FileContent.isSame(left, right, name)
            if !same { return .content }
        }
        return one.metadata == other.metadata ? nil : .metadata
    }

    static func path(_ parent: RawPath, _ name: RawPath) -> RawPath {
        parent.bytes.isEmpty ? name : RawPath(bytes: parent.bytes + [UInt8(ascii: "/")] + name.bytes)
    }

    private func open(_ root: String, _ path: RawPath) throws(SystemError) -> Descriptor {
        let top = try Descriptor.directory(root)
        if path.bytes.isEmpty { return top }
        let result = top.use { clinux_layer_open($0, path.cString) }
        return Descriptor(owning: try SystemError.check(result, "open", "\(root)/\(path)"))
    }

    /// Moves the right files to where the wrong ones are; those go to the trash. Throws `SystemError`.
    func repair(_ differences: [TreeDifference], trash: Trash) throws {
        for difference in differences {
            let left = try open(actual, difference.parent), right = try open(expected, difference.parent)
            let times = try FileTimes(left)
            switch difference.kind {
            case .metadata where try FileFacts(right, difference.name).isDirectory:
                try FileFacts(right, difference.name).apply(to: left, difference.name)
            case .extra: try trash.take(from: left, name: difference.name)
            case .missing, .type, .content, .metadata:
                if difference.kind != .missing { try trash.take(from: left, name: difference.name) }
                let name = difference.name.cString
                let failure = right.use { from in left.use { renameat(from, name, $0, name) < 0 ? errno : 0 } }
                if failure != 0 { throw SystemError(call: "rename", path: "\(difference.name)", code: failure) }
            }
            try times.apply(to: left)
        }
        _ = try SystemError.check(Descriptor.directory(actual).use { clinux_syncfs($0) }, "syncfs", actual)
    }
}
