// A mount as a device specification has it.

struct CDIMount: Sendable, Equatable {
    var hostPath: String
    var containerPath: String
    /// As mount(8) takes them: `ro`, `rbind`, `nosuid`…
    var options: [String] = []
    /// Empty for a bind.
    var type = ""

    func validate() throws(CDIFault) {
        guard !hostPath.isEmpty else { throw CDIFault("invalid mount, empty host path") }
        guard !containerPath.isEmpty else { throw CDIFault("invalid mount, empty container path") }
    }
}

extension CDIMount: Decodable {
    private enum Field: String, CodingKey, CaseIterable { case hostPath, containerPath, options, type }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        hostPath = try fields.value(.hostPath, or: "")
        containerPath = try fields.value(.containerPath, or: "")
        options = try fields.value(.options, or: [])
        type = try fields.value(.type, or: "")
    }
}
