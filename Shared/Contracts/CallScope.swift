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
    /// A word that this version doesn't know: nothing is allowed.
    public private(set) var unknownWord: String?

    public init() {}

    public init(_ text: String) {
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            let number = parts.count == 2 ? Int64(parts[1]) : nil
            switch (parts[0], number) {
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
        return words.joined(separator: " ")
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
    /// A volume whose options mount what isn't its own. Errors: forbidden.
    public func check(volumeOptions options: [String: String]) throws(RPCError) {
        guard forbidsHostMounts, !options.isEmpty else { return }
        let isMemory = options["type"] == "tmpfs" && options["device"] ?? "tmpfs" == "tmpfs"
        let binds = (options["o"] ?? "").split(separator: ",").contains { $0 == "bind" || $0 == "rbind" }
        guard isMemory, !binds else { throw Self.refusal("a volume with driver options") }
    }

    /// Errors: forbidden.
    public func check(_ request: CreateSandbox.Request) throws(RPCError) {
        guard forbidsPrivileges, request.mode == .host else { return }
        throw Self.refusal("the host's network")
    }

    /// Errors: forbidden.
    public func check(_ request: CreateNetwork.Request) throws(RPCError) {
        guard forbidsPrivileges else { return }
        guard ["", "bridge", "default"].contains(request.driver) else { throw Self.refusal("network driver \(request.driver)") }
        let taken = request.options.keys.contains { $0 == "parent" || $0 == "com.docker.network.bridge.name" }
        guard !taken else { throw Self.refusal("a network on an interface of the host") }
    }
}
