// Which images a list is asked for.
import Contracts
import GatewayState
import Models
import RPC

/// The filters of the image list, checked and prepared. Pure.
struct ImageFilter {
    private let filters: Filters
    private let dangling: Bool?
    /// Nanoseconds since 1970; nil for no bound.
    private let before: Int64?
    private let since: Int64?
    private let until: Int64?
    /// Shows images without a name that others were made from, too.
    private let all: Bool
    /// IDs of the images that others were made from on this host.
    private let parents: Set<String>

    /// - Parameter now: nanoseconds since 1970, from which a duration in `until` counts back.
    /// Errors: `invalidParameter` for a value that makes no sense; notFound for an image that `before` or `since` names.
    init(_ filters: Filters, images: [DescribedImage], all: Bool = false, now: Int64) throws(RPCError) {
        self.filters = filters
        self.all = all
        parents = Set(images.map(\.record.parent))
        if filters.values("reference").contains(where: { !Glob.isPattern($0) }) {
            throw RPCError(.invalidParameter, "syntax error in pattern")
        }
        switch filters.values("dangling").first {
        case nil: dangling = nil
        case "true", "1": dangling = true
        case "false", "0": dangling = false
        case .some(let text): throw RPCError(.invalidParameter, "invalid filter 'dangling=[\(text)]'")
        }
        before = try Self.creation(of: filters.values("before").first, images)
        since = try Self.creation(of: filters.values("since").first, images)
        until = try filters.until(now: now)
    }

    private static func creation(of name: String?, _ images: [DescribedImage]) throws(RPCError) -> Int64? {
        guard let name else { return nil }
        guard let image = images.first(where: { isNamed($0, name) }) else { throw RPCError(.notFound, "No such image: \(tagged(name))") }
        return image.createdAt ?? 0
    }

    /// As dockerd names what it looked for.
    private static func tagged(_ name: String) -> String {
        name.contains("@") || ReferencePattern.repository(name) != name ? name : "\(name):latest"
    }

    private static func isNamed(_ image: DescribedImage, _ name: String) -> Bool {
        let bare = image.record.id.hasPrefix("sha256:") ? String(image.record.id.dropFirst(7)) : image.record.id
        return image.record.id == name || (name.count >= 4 && bare.hasPrefix(name))
            || image.record.tags.contains { $0 == name || $0 == "\(name):latest" }
    }

    func matches(_ image: DescribedImage) -> Bool {
        let created = image.createdAt ?? 0
        let labels = image.document.config?.labels ?? [:]
        return isOfAKind(image.record)
            && before.map { created < $0 } ?? true && since.map { created > $0 } ?? true && until.map { created < $0 } ?? true
            && filters.allows(labels: labels)
            && (!filters.contains("label!") || !filters.allows(labels: labels, key: "label!"))
            && (!filters.contains("reference") || matchesReference(image))
    }

    /// By Docker's rules: what has a digest isn't nameless, yet without a tag it dangles; what others were made from never does.
    private func isOfAKind(_ image: ImageRecord) -> Bool {
        let hasChildren = parents.contains(image.id)
        let isNameless = image.tags.isEmpty && image.digests.isEmpty
        switch dangling {
        case nil: return !isNameless || all || !hasChildren
        case true?: return image.tags.isEmpty && !hasChildren
        case false?: return !isNameless
        }
    }

    private func matchesReference(_ image: DescribedImage) -> Bool { (image.record.tags + image.record.digests).contains(where: isWanted) }

    private func isWanted(_ name: String) -> Bool { filters.values("reference").contains { ReferencePattern($0).matches(name) } }

    /// The image as it is listed: who asks for certain references is shown no other names of the image.
    func shown(_ image: DescribedImage) -> DescribedImage {
        guard filters.contains("reference") else { return image }
        var image = image
        image.record.tags.removeAll { !isWanted($0) }
        image.record.digests.removeAll { !isWanted($0) }
        return image
    }
}

/// `busybox`, `busy*:1.*`, `*/app`: a shell pattern for references; without a tag it matches every tag.
struct ReferencePattern {
    let pattern: String

    init(_ pattern: String) { self.pattern = pattern }

    func matches(_ reference: String) -> Bool {
        if Glob.matches(pattern, reference) { return true }
        return Glob.matches(pattern, Self.repository(reference))
    }

    static func repository(_ reference: String) -> String {
        if let at = reference.firstIndex(of: "@") { return String(reference[..<at]) }
        guard let colon = reference.lastIndex(of: ":"), !reference[colon...].contains("/") else { return reference }
        return String(reference[..<colon])
    }
}
