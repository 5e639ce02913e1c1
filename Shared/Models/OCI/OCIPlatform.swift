// What an image runs on, and which of several images a host should take.

/// An operating system, an architecture, and a variant of it.
public struct OCIPlatform: Codable, Sendable, Hashable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    public var variant: String?

    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// Parses `os/architecture[/variant]`, `os` or `architecture`, in any case and with the usual other names (`x86_64`, `aarch64`).
    /// What is left out comes from `host`. nil when a part is empty or there are too many.
    public init?(parsing text: String, host: OCIPlatform) {
        var parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "macos" { parts[0] = "darwin" }
        guard (1...3).contains(parts.count), parts.allSatisfy({ part in !part.isEmpty && part.utf8.allSatisfy(Self.isNameByte) })
        else { return nil }
        if parts.count == 1 {
            let architecture = Self.normalized(parts[0], nil)
            if Self.architectures.contains(architecture.name) {
                self.init(os: host.os, architecture: architecture.name, variant: architecture.variant)
            } else if Self.systems.contains(parts[0]) {
                self.init(os: parts[0], architecture: host.architecture, variant: host.variant)
            } else {
                return nil
            }
            return
        }
        let architecture = Self.normalized(parts[1], parts.count == 3 ? parts[2] : nil)
        self.init(os: parts[0], architecture: architecture.name, variant: architecture.variant)
    }

    public var description: String {
        ["\(os)/\(architecture)", variant].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// How well an image for `other` suits: 0 is best, nil is not at all. A lower variant of the same family suits less well.
    public func distance(to other: OCIPlatform) -> Int? {
        let wanted = Self.normalized(architecture, variant), offered = Self.normalized(other.architecture, other.variant)
        guard os == other.os, wanted.name == offered.name else { return nil }
        let wantedLevel = Self.level(wanted), offeredLevel = Self.level(offered)
        guard let wantedLevel, let offeredLevel else { return wanted.variant == offered.variant ? 0 : nil }
        return offeredLevel <= wantedLevel ? wantedLevel - offeredLevel : nil
    }

    /// The best of several, the first of equals; nil when none suits.
    public func best<C: Collection>(of candidates: C, platform: (C.Element) -> OCIPlatform?) -> C.Element? {
        var best: (element: C.Element, distance: Int)?
        for candidate in candidates {
            guard let distance = platform(candidate).flatMap(distance(to:)) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.element
    }

    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9", "solaris",
        "wasip1",
        "windows",
    ]
    private static let architectures: Set<String> = ["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"]

    /// The architecture and variant under their usual names.
    private static func normalized(_ architecture: String, _ variant: String?) -> (name: String, variant: String?) {
        let variant = variant.flatMap { $0.isEmpty ? nil : $0 }
        return switch architecture {
        case "x86_64", "x86-64": ("amd64", variant)
        case "amd64": ("amd64", variant == "v1" ? nil : variant)
        case "i386", "i686": ("386", variant)
        case "aarch64", "arm64": ("arm64", variant == "v8" || variant == "8" ? nil : variant)
        case "armhf": ("arm", "v7")
        case "armel": ("arm", "v6")
        case "arm": ("arm", variant.map { $0.hasPrefix("v") ? $0 : "v\($0)" } ?? "v7")
        default: (architecture, variant)
        }
    }

    /// The number of a variant in a family where a higher one runs what was made for a lower.
    private static func level(_ platform: (name: String, variant: String?)) -> Int? {
        let lowest =
            switch platform.name {
            case "amd64": 1
            case "arm64": 8
            default: 0
            }
        guard let variant = platform.variant else { return lowest }
        return variant.hasPrefix("v") ? Int(variant.dropFirst()) : nil
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        ContentDigest.isLowerHex(byte) || (0x61...0x7a).contains(byte) || [0x2d, 0x2e, 0x5f].contains(byte)
    }
}
