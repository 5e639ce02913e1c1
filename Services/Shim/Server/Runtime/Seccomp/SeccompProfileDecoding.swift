// Reads a profile in Docker's JSON, and says what is wrong with one in dockerd's way.
import Linux

extension SeccompProfile {
    struct DecodingFailure: Error, Equatable {
        let message: String
        init(_ message: String) { self.message = "Decoding seccomp profile failed: \(message)" }
    }

    /// nil for a profile that says nothing at all, which turns the filter off.
    static func decode(_ text: String) throws(DecodingFailure) -> SeccompProfile? {
        let document: SeccompDocument
        do throws(JSONValue.Failure) {
            document = try SeccompDocument(JSONValue.parse(text), at: "profile")
        } catch {
            throw DecodingFailure("\(error.message) (at byte \(error.offset))")
        }
        return try document.profile()
    }
}

/// One JSON object of a profile, with typed looks at its members. A null member is a missing one.
private struct SeccompDocument {
    typealias Failure = SeccompProfile.DecodingFailure
    let members: [String: JSONValue]
    let place: String

    init(_ value: JSONValue, at place: String) {
        if case .object(let members) = value { self.members = members.filter { $0.value != .null } } else { members = [:] }
        isObject = if case .object = value { true } else { false }
        self.place = place
    }

    private let isObject: Bool

    func profile() throws(Failure) -> SeccompProfile? {
        guard isObject else { throw Failure("the profile is not a JSON object") }
        let calls = try objects("syscalls")
        guard let action = try string("defaultAction"), !action.isEmpty else {
            guard calls.isEmpty else { throw Failure("defaultAction is missing") }
            return nil
        }
        if members["listenerPath"] != nil { throw Failure("listenerPath is not supported: no listener is ever asked") }
        var entries: [SeccompProfile.Entry] = []
        for call in calls { entries.append(try call.entry()) }
        return SeccompProfile(
            defaultAction: try Self.action(action, errno: try integer("defaultErrnoRet"), at: "defaultAction"),
            architectures: try architectures(), entries: entries, flags: try flags())
    }

    private func entry() throws(Failure) -> SeccompProfile.Entry {
        var names = try strings("names")
        if let name = try string("name") {
            guard names.isEmpty else {
                throw Failure("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'")
            }
            names = [name]
        }
        guard let action = try string("action") else { throw Failure("\(place).action is missing") }
        var arguments: [SeccompArgument] = []
        for argument in try objects("args") { arguments.append(try argument.argument()) }
        let rule = SeccompRule(
            names: names, action: try Self.action(action, errno: try integer("errnoRet"), at: "\(place).action"), arguments: arguments)
        return .init(rule: rule, includes: try condition("includes"), excludes: try condition("excludes"))
    }

    private func argument() throws(Failure) -> SeccompArgument {
        guard let index = try integer("index"), index < 6 else { throw Failure("\(place).index must be from 0 to 5") }
        guard let name = try string("op"), let comparison = SeccompArgument.Comparison(rawValue: name) else {
            throw Failure("\(place).op is not an operator")
        }
        return SeccompArgument(
            index: Int(index), comparison: comparison, value: try integer("value") ?? 0, masked: try integer("valueTwo") ?? 0)
    }

    private func condition(_ name: String) throws(Failure) -> SeccompCondition {
        guard let value = members[name] else { return SeccompCondition() }
        let document = SeccompDocument(value, at: "\(place).\(name)")
        // One that says nothing would always hold.
        guard document.isObject else { throw Failure("\(document.place) is not an object") }
        var condition = SeccompCondition(architectures: try document.strings("arches"), capabilities: try document.strings("caps"))
        if let release = try document.string("minKernel") {
            guard let kernel = KernelRelease(release) else {
                throw Failure("\(place).\(name).minKernel is not a kernel version: \(release)")
            }
            condition.minimumKernel = kernel
        }
        return condition
    }

    /// The foreign instruction sets from either list. Those of other machines than this one don't matter here.
    private func architectures() throws(Failure) -> [SeccompArchitecture] {
        let map = try objects("archMap")
        let listed = try strings("architectures")
        guard map.isEmpty || listed.isEmpty else {
            throw Failure(
                "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'")
        }
        var names = listed
        for entry in map where try entry.string("architecture") == SeccompArchitecture.native.rawValue {
            names += try entry.strings("subArchitectures")
        }
        return names.compactMap(SeccompArchitecture.init).filter(SeccompArchitecture.compatible.contains)
    }

    private static let flags: [String: UInt32] = [
        "SECCOMP_FILTER_FLAG_TSYNC": 1, "SECCOMP_FILTER_FLAG_LOG": 2, "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
    ]

    private func flags() throws(Failure) -> UInt32 {
        var flags: UInt32 = 0
        for name in try strings("flags") {
            guard let flag = Self.flags[name] else { throw Failure("seccomp flag \"\(name)\" is not supported") }
            flags |= flag
        }
        return flags
    }

    private static func action(_ name: String, errno: UInt64?, at place: String) throws(Failure) -> SeccompAction {
        let number = errno ?? 1
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_ERRNO" where number <= 4095: return .fail(errno: UInt16(number))
        case "SCMP_ACT_TRACE" where number <= 0xffff: return .trace(UInt16(number))
        case "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE": throw Failure("the errno of \(place) is out of range: \(number)")
        case "SCMP_ACT_NOTIFY": throw Failure("\(place) SCMP_ACT_NOTIFY is not supported: no listener is ever asked")
        default: throw Failure("\(place) is not an action: \(name)")
        }
    }

    // Typed looks at members.

    private func string(_ name: String) throws(Failure) -> String? {
        switch members[name] {
        case nil: return nil
        case .string(let text): return text
        default: throw Failure("\(place).\(name) is not a string")
        }
    }

    private func integer(_ name: String) throws(Failure) -> UInt64? {
        switch members[name] {
        case nil: return nil
        case .number(let text):
            guard let number = UInt64(text) else { throw Failure("\(place).\(name) is not an unsigned integer: \(text)") }
            return number
        default: throw Failure("\(place).\(name) is not a number")
        }
    }

    private func elements(_ name: String) throws(Failure) -> [JSONValue] {
        switch members[name] {
        case nil: return []
        case .array(let elements): return elements
        default: throw Failure("\(place).\(name) is not an array")
        }
    }

    private func strings(_ name: String) throws(Failure) -> [String] {
        var texts: [String] = []
        for element in try elements(name) {
            guard case .string(let text) = element else { throw Failure("\(place).\(name) holds something that is not a string") }
            texts.append(text)
        }
        return texts
    }

    private func objects(_ name: String) throws(Failure) -> [SeccompDocument] {
        var documents: [SeccompDocument] = []
        for (index, element) in try elements(name).enumerated() {
            let document = SeccompDocument(element, at: "\(name)[\(index)]")
            guard document.isObject else { throw Failure("\(document.place) is not an object") }
            documents.append(document)
        }
        return documents
    }
}
