// How a layer says that something of the layers below is gone (OCI image specification, layer.md).

/// What the last component of an entry's name means.
enum Whiteout: Equatable {
    /// An ordinary entry.
    case none
    /// Hides this name of the layers below.
    case hides(RawPath)
    /// Hides all that the layers below have in this directory.
    case opaque
    /// Bookkeeping of AUFS, of no meaning here.
    case bookkeeping

    private static let prefix = ".wh."
    private static let bookkeepingPrefix = ".wh..wh."
    private static let opaqueName: RawPath = ".wh..wh..opq"

    init(name: RawPath) {
        guard name.hasPrefix(Self.prefix) else {
            self = .none
            return
        }
        let hidden = RawPath(bytes: name.bytes.dropFirst(Self.prefix.utf8.count))
        if name == Self.opaqueName {
            self = .opaque
        } else if name.hasPrefix(Self.bookkeepingPrefix) {
            self = .bookkeeping
        } else {
            self = ["", ".", ".."].contains(hidden) ? .none : .hides(hidden)
        }
    }
}

/// Extended attributes of overlayfs itself.
enum OverlayAttribute {
    static let opaque = "trusted.overlay.opaque"

    /// An archive may not speak to overlayfs: a redirect of its own would show files of other layers.
    static func isReserved(_ name: String) -> Bool {
        name.hasPrefix("trusted.overlay.") || name.hasPrefix("user.overlay.")
    }
}
