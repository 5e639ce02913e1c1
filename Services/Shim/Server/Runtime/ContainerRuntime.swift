// A running container: its first process, its control group, and what can be done to both.
import Contracts

/// Made by `start`. Knows no transport and no event loop; all calls return within milliseconds. For one thread only.
public final class ContainerRuntime {
    public let id: String
    /// The container's first process.
    public let process: StartedProcess
    private let host: RuntimeHost

    private init(id: String, process: StartedProcess, host: RuntimeHost) {
        self.id = id
        self.process = process
        self.host = host
    }

    /// Makes the control group, the namespaces and the mounts, and executes the container's process in them.
    /// Returns once it has been executed; whatever was made is undone on failure.
    public static func start(
        _ spec: ContainerSpec, stdio: ProcessStdio, on host: RuntimeHost = RuntimeHost()
    ) throws(RuntimeFailure) -> ContainerRuntime {
        throw RuntimeFailure(step: "start", errno: 0, message: "not there yet")
    }

    /// Runs another process in the container's namespaces and control group.
    /// `privileged` gives it every capability and no seccomp filter.
    public func exec(
        _ process: ProcessSpec, privileged: Bool = false, stdio: ProcessStdio
    ) throws(RuntimeFailure) -> StartedProcess {
        throw RuntimeFailure(step: "exec", errno: 0, message: "not there yet")
    }

    /// Every process of the container, in the host's numbering.
    public func processes() -> [Int32] { [] }

    /// Stops every process where it is. On failure they all run on.
    public func freeze() throws(RuntimeFailure) {}

    public func thaw() throws(RuntimeFailure) {}

    /// Sends a signal to every process of the container.
    public func signalAll(_ signal: Int32) {}

    /// Becomes readable when the container may have run out of memory: ask `outOfMemoryKills` then, which also makes it
    /// unreadable again. Owned by the runtime; nil when the kernel offers none.
    public var outOfMemoryDescriptor: Int32? { nil }

    /// How many processes the kernel has killed for lack of memory so far. Still known after `removeCgroup`.
    public func outOfMemoryKills() -> Int { 0 }

    /// Kills what is left, removes the container's control groups, and closes the runtime's own descriptors (not those of `process`).
    public func removeCgroup() {}

    /// Kills everything in the control group that a shim left behind, and removes it. Does nothing when there is none.
    public static func cleanUp(id: String, cgroupParent: String, on host: RuntimeHost = RuntimeHost()) {}
}
