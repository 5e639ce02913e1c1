// Where the store keeps what.

/// The paths below the image service's directory.
struct StorePaths: Sendable, Equatable {
    /// An absolute path. All of it is on one file system.
    let root: String

    var database: String { "\(root)/images.db" }
    /// Layers as they came, one file a digest.
    var blobs: String { "\(root)/blobs/sha256" }
    /// One directory a layer, named by its chain ID.
    var layers: String { "\(root)/layers" }
    /// Short links to layers: the kernel has little room for the paths of an overlay's layers.
    var links: String { "\(root)/layers/l" }
    var snapshots: String { "\(root)/snapshots" }
    /// Work in progress, one directory an intent.
    var staging: String { "\(root)/staging" }
    /// Pieces of blobs that a pull brought and no image claimed yet, one file a digest and one beside it that says how much of it counts.
    var partials: String { "\(root)/partials" }
    var trash: String { "\(root)/trash" }
    /// One directory a volume, named like it.
    var volumes: String { "\(root)/volumes" }
    func volume(_ name: String) -> String { "\(volumes)/\(name)" }
    /// What containers see, and users: Docker's name for it.
    func volumeData(_ name: String) -> String { "\(volume(name))/_data" }
    /// Always empty: where single threads mount things that nobody else sees.
    var mounts: String { "\(root)/mounts" }

    /// The directories above the root, uppermost first.
    var parents: [String] {
        let parts = root.split(separator: "/").dropLast()
        return parts.indices.map { "/" + parts[...$0].joined(separator: "/") }
    }

    /// All directories, parents first.
    var directories: [String] {
        [root, "\(root)/blobs", blobs, layers, links, snapshots, staging, partials, trash, volumes, mounts]
    }

    func blob(_ hex: String) -> String { "\(blobs)/\(hex)" }
    func partial(_ hex: String) -> String { "\(partials)/\(hex)" }
    func layer(_ hex: String) -> String { "\(layers)/\(hex)" }
    static let diff = "diff"

    static func linkName(_ link: Int64) -> String { String(link, radix: 36) }
    func link(_ link: Int64) -> String { "\(links)/\(Self.linkName(link))" }
    static func linkTarget(_ hex: String) -> String { "../\(hex)/\(diff)" }

    /// The layer that every container has between its image and its rw layer.
    static let initName = "init"
    var initLayer: String { layer(Self.initName) }
    /// Links of other layers count from 1.
    var initLink: String { link(0) }

    func snapshot(_ containerID: String) -> String { "\(snapshots)/\(containerID)" }
    func upper(_ containerID: String) -> String { "\(snapshot(containerID))/upper" }
    func work(_ containerID: String) -> String { "\(snapshot(containerID))/work" }

    func staging(_ intent: Int64) -> String { "\(staging)/\(intent)" }
}
