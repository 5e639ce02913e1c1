// What a test asks of the probe, a process with one thread that runs containers, and what it answers. Both cross as CBOR.
import Contracts

public enum ProbeRequest: Codable, Sendable {
    /// Starts a container, takes the steps, ends it and removes its control group.
    case run(ContainerSpec, steps: [ProbeStep])
    /// Cleans up after a shim that is gone.
    case cleanUp(id: String, cgroupParent: String)
    /// Starts and ends the container so many times.
    case measure(ContainerSpec, count: Int)
}

/// Where the probe has the host's root open, as a shim has directories of its own open.
public let probeDescriptorOfRoot: Int32 = 50

/// What the probe does inside of a container, as its command with this argument.
public enum ProbeRole: String, Sendable {
    /// Takes TERM, with no handler, and ends with 7.
    case sigwait, signalfd
    /// Once there is `/go`, and nobody else, stops every new process from the moment it has a number.
    case stop
    /// Tells what it finds of the host's in new processes, until there is `/enough`.
    case pry
}

public enum ProbeStep: Codable, Sendable {
    /// Runs a command to its end.
    case exec(ProcessSpec, privileged: Bool, input: String)
    /// Runs the command so often, up to the first that takes too long to start: that one's failure is the outcome. Others are killed.
    case execUntilHeldUp(ProcessSpec, tries: Int)
    /// Waits until the container's output contains this.
    case awaitOutput(String)
    case write(String)
    case closeInput
    case freeze
    case thaw
    case processes
    /// To the first process.
    case signal(Int32)
    case signalAll(Int32)
    case awaitExit
    case awaitOutOfMemory
    case removeCgroup
    /// Prints the container's pid to stderr and waits to be killed.
    case hang
}

/// What a step, or the container itself, came to.
public struct ProbeOutcome: Codable, Sendable {
    public var failure: ProbeFailure?
    /// 128 + n when signal n ended it.
    public var exitCode: Int32?
    public var output = ""
    public var errors = ""
    public var pids: [Int32] = []

    public init() {}
}

public struct ProbeFailure: Codable, Sendable, Equatable {
    public var step: String
    public var errno: Int32
    public var exitCode: Int32?
    public var message: String

    public init(step: String, errno: Int32, exitCode: Int32?, message: String) {
        self.step = step
        self.errno = errno
        self.exitCode = exitCode
        self.message = message
    }
}

public struct ProbeReport: Codable, Sendable {
    public var container = ProbeOutcome()
    public var steps: [ProbeOutcome] = []
    public var outOfMemoryKills = 0
    /// Execs that went as an earlier one.
    public var plannedExecs = 0
    /// Of `measure`, in milliseconds: each start's time, and the processor time of all starts and ends, children included.
    public var startTimes: [Double] = []
    public var processorTime = 0.0

    public init() {}
}
