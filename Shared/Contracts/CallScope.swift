// What a call may not do, because the client behind it may not: every service checks it again for itself.
public import RPC

/// The words of a request's scope.
public struct CallScope: Sendable, Equatable {
    public var isReadOnly = false
    public var forbidsPrivileges = false
    public var forbidsHostMounts = false
    /// Bytes that a container may have; nil for no limit.
    public var memory: Int64?
    /// Processes that a container may have; nil for no limit.
    public var pids: Int64?
    /// Microseconds of processors' time that a container may have in a second; nil for no limit.
    public var processors: Int64?
    /// Labels of everything that the call may see; whatever it creates gets them.
    public var labels: [String: String] = [:]
    /// A word that this version doesn't know: nothing is allowed.
    public private(set) var unknownWord: String?

    public init() {}

    public init(_ text: String) {
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            let number = parts.count == 2 ? Int64(parts[1]) : nil
            switch (parts[0], number) {
            case ("label", _) where parts.count == 2:
                let (name, value) = Self.label(parts[1])
                labels[name] = value
            case ("read-only", nil): isReadOnly = true
            case ("no-privileges", nil): forbidsPrivileges = true
            case ("no-host-mounts", nil): forbidsHostMounts = true
            case ("memory", let number?): memory = number
            case ("pids", let number?): pids = number
            case ("processors", let number?): processors = number
            default: unknownWord = String(word)
            }
        }
    }

    public var text: String {
        var words: [String] = []
        if isReadOnly { words.append("read-only") }
        if forbidsPrivileges { words.append("no-privileges") }
        if forbidsHostMounts { words.append("no-host-mounts") }
        if let memory { words.append("memory=\(memory)") }
        if let pids { words.append("pids=\(pids)") }
        if let processors { words.append("processors=\(processors)") }
        words += labels.sorted { $0.key < $1.key }.map { "label=\(Self.escaped($0.key)):\(Self.escaped($0.value))" }
        return words.joined(separator: " ")
    }

    /// Bytes other than letters and digits as two hexadecimal digits after a `%`.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { words, byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            let digits = String(byte, radix: 16)
            words += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        var (bytes, rest): ([UInt8], Substring.UTF8View) = ([], text.utf8)
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func label(_ text: Substring) -> (name: String, value: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (unescaped(parts[0]), parts.count > 1 ? unescaped(parts[1]) : "")
    }

    public static func refusal(_ what: String) -> RPCError {
        RPCError(.forbidden, "\(what) is not allowed to whom this is done for")
    }

    /// Methods that change nothing.
    private static let reading: Set<String> = [
        ListImages.name, InspectImage.name, WatchImages.name, InspectDistribution.name, ListSnapshots.name, MeasureSnapshot.name,
        ListVolumes.name, MeasureVolumes.name, ListVolumeMounts.name, StatFile.name, ReadFiles.name, ExportContainer.name, ListChanges.name,
        SaveImages.name, SearchImages.name, MeasureStore.name, ClassifyBytes.name, ListNetworks.name, ListSandboxes.name, InspectShim.name,
        ReadStats.name, ListProcesses.name, ListCheckpoints.name, WatchShim.name, WatchNetworks.name,
    ]

    /// Errors: forbidden.
    public func check(method: String) throws(RPCError) {
        if let unknownWord { throw Self.refusal("a call with the scope \(unknownWord)") }
        guard !isReadOnly || Self.reading.contains(method) else { throw Self.refusal(method) }
    }
}

extension CallScope {
    /// Something that has these labels, or is about to. Errors: forbidden.
    public func check(labels others: [String: String]?, of what: @autoclosure () -> String) throws(RPCError) {
        guard labels.allSatisfy({ others?[$0.key] == $0.value }) else { throw Self.refusal("\(what()), which hasn't their labels,") }
    }

    /// A volume that is there or is to be made; one without a name of its own is its containers'. Errors: forbidden.
    public func check(volume name: String, labels others: [String: String]) throws(RPCError) {
        guard !name.isEmpty, others[VolumeRecord.anonymousLabel] == nil else { return }
        try check(labels: others, of: "volume \(name)")
    }

    /// A volume whose options mount what isn't its own. Errors: forbidden.
    public func check(volumeOptions options: [String: String]) throws(RPCError) {
        guard forbidsHostMounts, !options.isEmpty else { return }
        let isMemory = options["type"] == "tmpfs" && options["device"] ?? "tmpfs" == "tmpfs"
        let binds = (options["o"] ?? "").split(separator: ",").contains { $0 == "bind" || $0 == "rbind" }
        guard isMemory, !binds else { throw Self.refusal("a volume with driver options") }
    }

    /// Errors: forbidden.
    public func check(_ request: CreateSandbox.Request) throws(RPCError) {
        try check(labels: request.labels, of: "container \(request.containerID)")
        guard forbidsPrivileges, request.mode == .host else { return }
        throw Self.refusal("the host's network")
    }

    /// Errors: forbidden.
    public func check(_ request: CreateNetwork.Request) throws(RPCError) {
        try check(labels: request.labels, of: "network \(request.name)")
        guard forbidsPrivileges else { return }
        guard ["", "bridge", "default"].contains(request.driver) else { throw Self.refusal("network driver \(request.driver)") }
        let taken = request.options.keys.contains { $0 == "parent" || $0 == "com.docker.network.bridge.name" }
        guard !taken else { throw Self.refusal("a network on an interface of the host") }
    }
}
