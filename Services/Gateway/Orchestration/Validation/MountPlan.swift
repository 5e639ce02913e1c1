// Every mount a container asked for, from the three ways to ask for one.
import Contracts
import Glibc
import Models
import RPC

/// The mounts of a container: `Binds`, `Mounts` and `Tmpfs`, understood and checked.
struct MountPlan {
    /// Sorted by depth, so that none hides another.
    private(set) var mounts: [PlannedMount] = []
    private let volumeDriver: String
    private var destinations: Set<String> = []

    /// Collects every fault into the report; what is at fault isn't in the plan.
    init(_ hostConfig: HostConfig, _ report: inout SettingsReport) {
        volumeDriver = hostConfig.volumeDriver
        for bind in hostConfig.binds ?? [] { add(bind: bind, &report) }
        for mount in hostConfig.mounts { add(mount, &report) }
        for (path, options) in hostConfig.tmpfs.sorted(by: { $0.key < $1.key }) { add(tmpfs: path, options, &report) }
        for reference in hostConfig.volumesFrom ?? [] { report.check { () throws(RPCError) in _ = try VolumesFromReference(reference) } }
        mounts.sort { Self.isBefore($0.spec, $1.spec) }
    }

    var specs: [MountSpec] { mounts.map(\.spec) }

    static func isBefore(_ first: MountSpec, _ second: MountSpec) -> Bool {
        (PathText.depth(first.destination), first.destination) < (PathText.depth(second.destination), second.destination)
    }

    // MARK: Binds

    private mutating func add(bind text: String, _ report: inout SettingsReport) {
        do {
            let bind = try BindSpecification(text)
            guard !bind.isVolume else { return add(volume: bind, &report) }
            let propagation = bind.propagation.isEmpty ? "rprivate" : bind.propagation
            let spec = MountSpec(
                kind: .bind, source: bind.source, destination: bind.destination, readonly: bind.readonly, propagation: propagation,
                createsSource: true)
            add(spec, type: "bind", mode: bind.mode, idMapping: bind.idMapping, &report)
        } catch {
            report.fault(error.message)
        }
    }

    /// A named volume, or, without a name, an anonymous one.
    private mutating func add(volume bind: BindSpecification, _ report: inout SettingsReport) {
        guard bind.propagation.isEmpty else {
            return report.fault("invalid mount config for type \"volume\": field BindOptions must not be specified")
        }
        var volume = bind.source.isEmpty ? PlannedVolume.anonymous(driver: volumeDriver) : .init(name: bind.source, driver: volumeDriver)
        if !bind.copies { volume.fill = .check }
        let spec = MountSpec(kind: .bind, destination: bind.destination, readonly: bind.readonly)
        add(spec, type: "volume", mode: bind.mode.isEmpty ? Self.volumeMode : bind.mode, volume: volume, idMapping: bind.idMapping, &report)
    }

    /// What inspect shows as the mode of a volume for which none was given.
    private static let volumeMode = "z"

    // MARK: Mounts

    private mutating func add(_ mount: MountRequest, _ report: inout SettingsReport) {
        let prefix = "invalid mount config for type \"\(mount.type)\": "
        guard ["bind", "volume", "tmpfs", "image"].contains(mount.type) else {
            return report.fault(
                ["npipe", "cluster"].contains(mount.type)
                    ? prefix + "mounts of this type are not available; use bind, volume, tmpfs or image"
                    : "mount type unknown: \"\(mount.type)\"")
        }
        guard checkTarget(mount.target, prefix, &report), checkOptions(of: mount, prefix, &report) else { return }
        switch mount.type {
        case "bind": addBind(mount, prefix, &report)
        case "volume": addVolume(mount, prefix, &report)
        case "image": addImage(mount, prefix, &report)
        default: addTmpfs(mount, prefix, &report)
        }
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
            (mount.bindOptions != nil && mount.type != "bind", "BindOptions"),
            (mount.volumeOptions != nil && mount.type != "volume", "VolumeOptions"),
            (mount.imageOptions != nil && mount.type != "image", "ImageOptions"), (mount.clusterOptions != nil, "ClusterOptions"),
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
        if let options, let words = Self.readOnlyConflict(options, mount) { return report.fault(prefix + words) }
        let creates = options?.createMountpoint ?? false
        guard creates || !isMissing(mount.source) else {
            return report.fault(prefix + "bind source path does not exist: \(mount.source)")
        }
        let spec = MountSpec(
            kind: .bind, source: PathText.clean(mount.source), destination: PathText.clean(mount.target), readonly: mount.readOnly,
            propagation: propagation.isEmpty ? "rprivate" : propagation, nonRecursive: options?.nonRecursive ?? false,
            createsSource: creates, writableBelow: options?.readOnlyNonRecursive)
        add(spec, type: "bind", mode: "", &report)
    }

    /// A read-only bind is read-only with all that is mounted below, unless it is asked not to be.
    private static func readOnlyConflict(_ options: MountRequest.BindOptions, _ mount: MountRequest) -> String? {
        if options.readOnlyNonRecursive, !mount.readOnly { return "mode ReadOnlyNonRecursive must be set with ReadOnly" }
        guard options.readOnlyForceRecursive else { return nil }
        if !mount.readOnly { return "mode ReadOnlyForceRecursive must be set with ReadOnly" }
        if options.readOnlyNonRecursive { return "ReadOnlyForceRecursive conflicts with ReadOnlyNonRecursive" }
        if options.nonRecursive { return "ReadOnlyForceRecursive conflicts with NonRecursive" }
        guard options.propagation == "rprivate" else { return "ReadOnlyForceRecursive requires Propagation to be rprivate" }
        return nil
    }

    private mutating func addVolume(_ mount: MountRequest, _ prefix: String, _ report: inout SettingsReport) {
        let options = mount.volumeOptions ?? .init()
        if mount.source.isEmpty, mount.readOnly {
            return report.fault(prefix + "must not set ReadOnly mode when using anonymous volumes")
        }
        if mount.source.isEmpty, !options.subpath.isEmpty {
            return report.fault(prefix + "must not set Subpath when using anonymous volumes")
        }
        guard PathText.isLocal(options.subpath) else {
            return report.fault(prefix + "subpath must be a relative path within the volume")
        }
        var volume = mount.source.isEmpty ? PlannedVolume.anonymous() : .init(name: mount.source)
        volume.driver = options.driverConfig?.name ?? ""
        if volume.driver.isEmpty { volume.driver = volumeDriver }
        volume.options = options.driverConfig?.options ?? [:]
        volume.labels.merge(options.labels) { own, _ in own }
        volume.fill = options.subpath.isEmpty ? (options.noCopy ? .check : .copy) : .none
        let spec = MountSpec(
            kind: .bind, destination: PathText.clean(mount.target), readonly: mount.readOnly,
            subpath: options.subpath.isEmpty ? nil : options.subpath)
        add(spec, type: "volume", mode: Self.volumeMode, volume: volume, &report)
    }

    /// Read-only, whether or not that is asked for.
    private mutating func addImage(_ mount: MountRequest, _ prefix: String, _ report: inout SettingsReport) {
        let subpath = mount.imageOptions?.subpath ?? ""
        guard !mount.source.isEmpty else { return report.fault(prefix + "field Source must not be empty") }
        guard PathText.isLocal(subpath) else { return report.fault(prefix + "subpath must be a relative path within the image") }
        let spec = MountSpec(
            kind: .image, source: mount.source, destination: PathText.clean(mount.target), readonly: true, propagation: "",
            subpath: subpath.isEmpty ? nil : subpath)
        add(spec, type: "image", mode: "", image: mount.source, &report)
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
        let spec = MountSpec(
            kind: .tmpfs, destination: PathText.clean(path), readonly: given.last { $0 == "ro" || $0 == "rw" } == "ro",
            options: options.filter { $0 != "ro" && $0 != "rw" })
        add(spec, type: "", mode: "", &report)
    }

    /// - Parameter type: empty for what inspect doesn't list.
    private mutating func add(
        _ spec: MountSpec, type: String, mode: String, volume: PlannedVolume? = nil, image: String? = nil, idMapping: String? = nil,
        _ report: inout SettingsReport
    ) {
        guard destinations.insert(spec.destination).inserted else {
            return report.fault("Duplicate mount point: \(spec.destination)")
        }
        var planned = PlannedMount(spec, type: type, mode: mode, volume: volume)
        planned.image = image
        planned.idMapping = idMapping
        mounts.append(planned)
    }
}
