// A hook as a device specification has it.

struct CDIHook: Sendable, Equatable {
    /// When it is run.
    var name: String
    var path: String
    var args: [String] = []
    var env: [String] = []
    /// Seconds.
    var timeout: Int64?

    private static let names: Set<String> = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]

    func validate() throws(CDIFault) {
        guard Self.names.contains(name) else { throw CDIFault("invalid hook name \"\(name)\"") }
        guard !path.isEmpty else { throw CDIFault("invalid hook \"\(name)\" with empty path") }
        if let variable = env.first(where: { ($0.firstIndex(of: "=") ?? $0.startIndex) == $0.startIndex }) {
            throw CDIFault("invalid hook \"\(name)\": invalid environment variable \"\(variable)\"")
        }
    }
}

extension CDIHook: Decodable {
    private enum Field: String, CodingKey, CaseIterable { case hookName, path, args, env, timeout }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        name = try fields.value(.hookName, or: "")
        path = try fields.value(.path, or: "")
        args = try fields.value(.args, or: [])
        env = try fields.value(.env, or: [])
        timeout = try fields.decodeIfPresent(Int64.self, forKey: .timeout)
    }
}
