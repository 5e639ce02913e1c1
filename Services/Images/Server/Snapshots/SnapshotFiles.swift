// The directories of a container's rw layer.

struct SnapshotFiles {
    let paths: StorePaths

    /// Makes those that aren't there. What the container will see as `/` is owned by root, mode 0755. Throws `SystemError`.
    func make(_ containerID: String) throws(SystemError) {
        try NewDirectory.ensure(paths.snapshot(containerID), 0o700)
        try NewDirectory.ensure(paths.upper(containerID), 0o755)
        try NewDirectory.ensure(paths.work(containerID), 0o700)
    }
}
