// The container a shim was given: where its files are and what its output goes through.
import ContainerLog
import Contracts
import Linux
import RPC

/// What exists from adoption to release.
struct AdoptedContainer {
    let id: String
    let layout: EngineLayout
    let request: AdoptContainer.Request
    /// Who may read the container's files besides root.
    let group: UInt32?
    let claim: ShimClaim
    let log: LogWriter?
    let remoteLog: RemoteLogSender?
    /// Of the run that is, or of the one to come.
    private(set) var streams: ProcessStreams
    /// Clients that have been attached so far.
    var joinedClients: UInt64 = 0
    /// Of earlier runs, until their clients have left.
    private let retired = RetiredStreams()

    /// Attributes are part of every log line.
    private static let maximumAttributeBytes = 64 * 1024

    /// Takes the container's directories and opens its log; makes nothing when it fails.
    init(_ request: AdoptContainer.Request, group: UInt32?, loop: EventLoop) throws(RPCError) {
        id = request.containerID
        layout = EngineLayout(root: request.root, run: request.run)
        self.request = request
        self.group = group
        try Self.check(request.log)
        claim = try ShimClaim.take(layout, containerID: id, group: group)
        do throws(RPCError) {
            try Directories.make(layout.containerDirectory(id), mode: group == nil ? 0o700 : 0o750, group: group)
            log = try Self.openLog(request.log, layout.logFile(id), group: group, loop: loop)
        } catch {
            claim.release()
            throw error
        }
        remoteLog = request.log.remote.map { RemoteLogSender(loop: loop, spec: $0) }
        streams = Self.makeStreams(request, log, remoteLog, loop)
    }

    private static func makeStreams(
        _ request: AdoptContainer.Request, _ log: LogWriter?, _ remoteLog: RemoteLogSender?, _ loop: EventLoop
    ) -> ProcessStreams {
        ProcessStreams(
            loop: loop, isTerminal: request.terminal, log: log, remoteLog: remoteLog,
            stdinEnd: request.stdinOnce ? .withFirstClient : .never)
    }

    /// For another run of the container. Clients of the last one get what is queued for them.
    mutating func renewStreams(loop: EventLoop) {
        retired.keep(streams)
        let outputBytes = streams.outputBytes
        streams = Self.makeStreams(request, log, remoteLog, loop)
        streams.outputBytes = outputBytes
    }

    private static func check(_ spec: LogSpec) throws(RPCError) {
        guard spec.maxFile >= 1, spec.maxSize.map({ $0 > 0 }) ?? true else {
            throw RPCError(.invalidParameter, "Log limits must be positive: max-size is \(spec.maxSize ?? 0), max-file \(spec.maxFile).")
        }
        let size = spec.attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= maximumAttributeBytes else {
            throw RPCError(
                .invalidParameter, "The log attributes have \(size) bytes, more than the \(maximumAttributeBytes) that a line can carry.")
        }
    }

    private static func openLog(_ spec: LogSpec, _ path: String, group: UInt32?, loop: EventLoop) throws(RPCError) -> LogWriter? {
        switch spec.driver {
        case .none: return nil
        case .jsonFile:
            do throws(LogFailure) {
                let limits = LogLimits(maxSize: spec.maxSize, maxFile: spec.maxFile)
                let files = LogFiles(path: path, limits: limits, group: group, compresses: spec.compresses == true)
                // There from now on, for readers, and a log that can't be is known at once.
                _ = try files.open()
                let process = LogProcess(files, bufferBytes: spec.bufferBytes.map { Int(clamping: $0) }, loop: loop)
                return LogWriter(sink: process, attributes: spec.attributes)
            } catch {
                throw SystemFailure.error(error.operation, error.path, code: error.errno)
            }
        }
    }
}

/// Keeps the streams of runs that are over for as long as a client takes their last output.
private final class RetiredStreams {
    private var streams: [ProcessStreams] = []

    func keep(_ ended: ProcessStreams) {
        streams.append(ended)
        ended.whenClientsAreGone { [unowned self, unowned ended] in streams.removeAll { $0 === ended } }
    }
}
