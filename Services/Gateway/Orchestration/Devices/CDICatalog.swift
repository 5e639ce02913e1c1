// The devices that all specification files together describe. Pure.

/// A specification file, read or not.
struct CDIFile: Sendable, Equatable {
    var path: String
    /// That of its directory: of two descriptions of a device, the one with the higher counts.
    var priority: Int
    var content: Result<CDISpec, CDIFault>
}

struct CDICatalog: Sendable {
    /// What is wrong with a file.
    struct Fault: Hashable, Sendable {
        var path: String
        var words: String
    }

    private struct Entry {
        var spec: CDISpec
        var path: String
        var priority: Int
        var edits: CDIEdits
    }

    private var devices: [String: Entry] = [:]
    /// By path.
    private(set) var faults: [Fault] = []

    /// All names that can be asked for.
    var names: [String] { devices.keys.sorted() }

    /// - Parameter files: in the order of their priority.
    init(_ files: [CDIFile] = []) {
        var conflicts: Set<String> = []
        for file in files {
            switch file.content {
            case .failure(let fault): faults.append(Fault(path: file.path, words: "failed to load CDI Spec \(fault.words)"))
            case .success(let spec): add(spec, file, &conflicts)
            }
        }
        // Neither counts: there is no telling which was meant.
        for name in conflicts { devices[name] = nil }
        faults.sort { ($0.path, $0.words) < ($1.path, $1.words) }
    }

    private mutating func add(_ spec: CDISpec, _ file: CDIFile, _ conflicts: inout Set<String>) {
        for device in spec.devices {
            let name = "\(spec.kind)=\(device.name)"
            if let other = devices[name], other.priority >= file.priority {
                let words = "conflicting device \"\(name)\" (specs \"\(file.path)\", \"\(other.path)\")"
                faults += [file.path, other.path].map { Fault(path: $0, words: words) }
                conflicts.insert(name)
            } else {
                // What is described with a higher priority isn't in conflict, whatever there is below it.
                conflicts.remove(name)
                devices[name] = Entry(spec: spec, path: file.path, priority: file.priority, edits: device.edits)
            }
        }
    }

    /// What the devices add, in their order: of each specification once what it adds for all of its devices.
    /// Errors: names that there aren't, all of them.
    func edits(for names: [String]) throws(CDIFault) -> CDIEdits {
        let missing = names.filter { devices[$0] == nil }
        guard missing.isEmpty else { throw CDIFault("unresolvable CDI devices \(missing.joined(separator: ", "))") }
        var edits = CDIEdits()
        var paths: Set<String> = []
        for entry in names.compactMap({ devices[$0] }) {
            if paths.insert(entry.path).inserted { edits.append(entry.spec.edits) }
            edits.append(entry.edits)
        }
        return edits
    }
}
