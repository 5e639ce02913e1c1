// Every mount a container asked for, from the three ways to ask for one.
import Contracts
import Glibc
import Models
import RPC

/// The mounts of a container: `Binds`, `Mounts` and `Tmpfs`, understood and checked.
struct MountPlan {
    /// Sorted by depth, so that none hides another; what the shim is told.
    private(set) var specs: [MountSpec] = []
    /// What inspect shows.
    private(set) var points: [MountPoint] = []
    private var destinations: Set<String> = []

    /// Collects every fault into the report; what is at fault isn't in the plan.
    init(_ hostConfig: HostConfig, _ report: inout SettingsReport) {
        for bind in hostConfig.binds ?? [] { add(bind: bind, &report) }
        for mount in hostConfig.mounts { add(mount, &report) }
        for (path, options) in hostConfig.tmpfs.sorted(by: { $0.key < $1.key }) { add(tmpfs: path, options, &report) }
        specs.sort { (PathText.depth($0.destination), $0.destination) < (PathText.depth($1.destination), $1.destination) }
    }

    // MARK: Binds

    private mutating func add(bind text: String, _ report: inout SettingsReport) {
        do {
            let bind = try BindSpecification(text)
            let propagation = bind.propagation.isEmpty ? "rprivate" : bind.propagation
            let spec = MountSpec(
                kind: .bind, source: bind.source, destination: bind.destination, readonly: bind.readonly, propagation: propagation,
                createsSource: true)
            add(spec, type: "bind", mode: bind.mode, &report)
        } catch {
            report.fault(error.message)
        }
    }

    // MARK: Mounts

    private mutating func add(_ mount: MountRequest, _ report: inout SettingsReport) {
        let prefix = "invalid mount config for type \"\(mount.type)\": "
        guard mount.type == "bind" || mount.type == "tmpfs" else {
            return report.fault(
                ["volume", "image", "npipe", "cluster"].contains(mount.type)
                    ? prefix + "mounts of this type are not available; use bind or tmpfs" : "mount type unknown: \"\(mount.type)\"")
        }
        guard checkTarget(mount.target, prefix, &report), checkOptions(of: mount, prefix, &report) else { return }
        if mount.type == "bind" { addBind(mount, prefix, &report) } else { addTmpfs(mount, prefix, &report) }
    }

    private func checkTarget(_ target: String, _ prefix: String, _ report: inout SettingsReport) -> Bool {
        if target.isEmpty {
            report.fault(prefix + "field Target must not be empty")
        } else if !target.hasPrefix("/") {
            report.fault(prefix + "invalid mount path: '\(target)' mount path must be absolute")
        } else if PathText.clean(target) == "/" {
            report.fault(prefix + "invalid specification: destination can't be '/'")
        } else {
            return true
        }
        return false
    }

    private func checkOptions(of mount: MountRequest, _ prefix: String, _ report: inout SettingsReport) -> Bool {
        let foreign = [
            (mount.bindOptions != nil && mount.type != "bind", "BindOptions"), (mount.volumeOptions != nil, "VolumeOptions"),
            (mount.imageOptions != nil, "ImageOptions"), (mount.clusterOptions != nil, "ClusterOptions"),
            (mount.tmpfsOptions != nil && mount.type != "tmpfs", "TmpfsOptions"),
        ].filter(\.0).map(\.1)
        for name in foreign { report.fault(prefix + "field \(name) must not be specified") }
        return foreign.isEmpty
    }

    private mutating func addBind(_ mount: MountRequest, _ prefix: String, _ report: inout SettingsReport) {
        let options = mount.bindOptions
        let propagation = options?.propagation ?? ""
        guard !mount.source.isEmpty else { return report.fault(prefix + "field Source must not be empty") }
        guard mount.source.hasPrefix("/") else {
            return report.fault(prefix + "invalid mount path: '\(mount.source)' mount path must be absolute")
        }
        guard propagation.isEmpty || BindSpecification.propagations.contains(propagation) else {
            return report.fault(prefix + "invalid propagation mode: \(propagation)")
        }
        guard options?.readOnlyForceRecursive != true else {
            return report.fault(prefix + "ReadOnlyForceRecursive is not supported by this engine")
        }
        let creates = options?.createMountpoint ?? false
        guard creates || !isMissing(mount.source) else {
            return report.fault(prefix + "bind source path does not exist: \(mount.source)")
        }
        let spec = MountSpec(
            kind: .bind, source: PathText.clean(mount.source), destination: PathText.clean(mount.target), readonly: mount.readOnly,
            propagation: propagation.isEmpty ? "rprivate" : propagation, nonRecursive: options?.nonRecursive ?? false,
            createsSource: creates)
        add(spec, type: "bind", mode: "", &report)
    }

    /// Only when it surely isn't there: what this process may not see, the shim finds out.
    private func isMissing(_ path: String) -> Bool {
        access(path, F_OK) != 0 && errno == ENOENT
    }

    private mutating func addTmpfs(_ mount: MountRequest, _ prefix: String, _ report: inout SettingsReport) {
        guard mount.source.isEmpty else { return report.fault(prefix + "field Source must not be specified") }
        var options = TmpfsOptions.defaults
        if let given = mount.tmpfsOptions {
            if given.sizeBytes > 0 { options.append("size=\(given.sizeBytes)") }
            if given.mode > 0 { options.append("mode=" + String(given.mode, radix: 8)) }
            for option in given.options {
                let text = option.joined(separator: "=")
                guard TmpfsOptions.isValid(text) else { return report.fault(prefix + "invalid tmpfs option: \(text)") }
                options.append(text)
            }
        }
        let spec = MountSpec(
            kind: .tmpfs, destination: PathText.clean(mount.target), readonly: mount.readOnly, options: TmpfsOptions.merged(options))
        add(spec, type: "tmpfs", mode: "", &report)
    }

    // MARK: Tmpfs

    private mutating func add(tmpfs path: String, _ text: String, _ report: inout SettingsReport) {
        guard checkTarget(path, "invalid mount config for type \"tmpfs\": ", &report) else { return }
        let given = text.split(separator: ",").map(String.init)
        if let bad = given.first(where: { !TmpfsOptions.isValid($0) }) {
            return report.fault("invalid tmpfs option [\"\(bad)\"]")
        }
        let options = TmpfsOptions.merged(TmpfsOptions.defaults + given)
        let spec = MountSpec(kind: .tmpfs, destination: PathText.clean(path), readonly: given.last { $0 == "ro" || $0 == "rw" } == "ro",
                             options: options.filter { $0 != "ro" && $0 != "rw" })
        add(spec, type: "", mode: "", &report)
    }

    /// - Parameter type: empty for what inspect doesn't list.
    private mutating func add(_ spec: MountSpec, type: String, mode: String, _ report: inout SettingsReport) {
        guard destinations.insert(spec.destination).inserted else {
            return report.fault("Duplicate mount point: \(spec.destination)")
        }
        specs.append(spec)
        guard !type.isEmpty else { return }
        var point = MountPoint()
        point.type = type
        point.source = spec.source
        point.destination = spec.destination
        point.mode = mode
        point.rw = !spec.readonly
        point.propagation = type == "bind" ? spec.propagation : ""
        points.append(point)
    }
}

/// Options of a tmpfs, as mount(8) takes them.
enum TmpfsOptions {
    static let defaults = ["noexec", "nosuid", "nodev"]
    private static let flags: Set<String> = [
        "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync", "atime", "noatime", "diratime",
        "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime",
    ]
    private static let keys: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]

    static func isValid(_ option: String) -> Bool {
        guard let equals = option.firstIndex(of: "=") else { return flags.contains(option) }
        return keys.contains(String(option[..<equals])) && equals != option.index(before: option.endIndex)
    }

    /// A later flag takes back its opposite; a later value replaces an earlier one.
    static func merged(_ options: [String]) -> [String] {
        var result: [String] = []
        for option in options {
            let key = option.split(separator: "=")[0]
            let opposite = key.hasPrefix("no") ? String(key.dropFirst(2)) : "no\(key)"
            result.removeAll { $0 == opposite || $0 == option || (option.contains("=") && $0.hasPrefix("\(key)=")) }
            result.append(option)
        }
        return result
    }
}
