// Docker's rules for `rmi`, on a catalogue, without touching anything.
import Contracts
import Models
import RPC

/// Decides what a removal does: the changes to commit and what to tell the user, or the conflict, in Docker's words.
struct RemovalRules {
    struct Outcome: Equatable {
        var image: ContentDigest
        var changes: [CatalogChange] = []
        var steps: [RemoveImage.Step] = []
    }

    private let request: RemoveImage.Request
    /// As it is once the changes so far are made.
    private var catalog: Catalog
    private var outcome: Outcome

    /// Throws `RPCError`: notFound, `invalidParameter`, conflict.
    static func decide(_ request: RemoveImage.Request, _ catalog: Catalog) throws(RPCError) -> Outcome {
        let image = try catalog.image(named: request.name).id
        var rules = RemovalRules(request: request, catalog: catalog, outcome: Outcome(image: image))
        if rules.isByID(image) {
            try rules.removeByID(image)
        } else {
            try rules.removeByName(image)
        }
        return rules.outcome
    }

    private func isByID(_ image: ContentDigest) -> Bool {
        image.description.hasPrefix(request.name) || image.hex.hasPrefix(request.name)
    }

    private mutating func removeByName(_ image: ContentDigest) throws(RPCError) {
        let reference = try Catalog.reference(request.name).key
        if !request.force, Self.isSingle(catalog.references(to: image)), let use = use(of: image, where: { _ in true }) {
            throw RPCError(
                .conflict,
                """
                conflict: unable to remove repository reference "\(request.name)" (must force) - container \
                \(use.containerID.prefix(12)) is using its referenced image \(image.short)
                """)
        }
        untag(reference)
        if reference.digest == nil { untagDigests(of: reference, image) }
        if catalog.references(to: image).isEmpty { try delete(image, force: request.force, isQuiet: true) }
    }

    /// Digests go with the last tag of their repository.
    private mutating func untagDigests(of reference: ImageReference, _ image: ContentDigest) {
        let same = catalog.references(to: image).filter { $0.name == reference.name }
        guard same.allSatisfy({ $0.digest != nil }) else { return }
        for reference in same { untag(reference) }
    }

    private mutating func removeByID(_ image: ContentDigest) throws(RPCError) {
        let references = catalog.references(to: image)
        if Self.isSingle(references) {
            if let conflict = conflict(image, isForced: request.force, ignoringReferences: true) { throw conflict.error }
            for reference in references { untag(reference) }
        }
        try delete(image, force: request.force, isQuiet: false)
    }

    /// At most one tag, and all digests of its repository.
    static func isSingle(_ references: [ImageReference]) -> Bool {
        if references.count <= 1 { return true }
        let tags = references.filter { $0.digest == nil }
        let digested = Set(references.filter { $0.digest != nil }.map(\.name))
        guard tags.count <= 1 else { return false }
        return digested.count == 1 && digested.contains((tags.first ?? references[0]).name)
    }

    /// Removes an image with the names it still has, and then its parents, as long as nothing else needs them.
    private mutating func delete(_ image: ContentDigest, force: Bool, isQuiet: Bool) throws(RPCError) {
        var next: (image: ContentDigest, force: Bool, isQuiet: Bool)? = (image, force, isQuiet)
        while let (image, force, isQuiet) = next {
            if let conflict = conflict(image, isForced: force, ignoringReferences: false) {
                let isDangling = catalog.references(to: image).isEmpty && !catalog.hasChildren(image)
                if isQuiet && (!isDangling || conflict.isUsed) { return }
                throw conflict.error
            }
            let parent = catalog.images[image]?.parent.flatMap { catalog.images[$0]?.id }
            for reference in catalog.references(to: image) { untag(reference) }
            forget(image)
            next = request.noPrune ? nil : parent.map { ($0, false, true) }
        }
    }

    private mutating func forget(_ image: ContentDigest) {
        let garbage = catalog.garbage(after: [.removeImage(image)])
        change(.removeImage(image))
        outcome.steps.append(.deleted(image.description))
        for removal in garbage {
            change(removal)
            if case .removeLayer(let chainID) = removal { outcome.steps.append(.deleted(chainID.description)) }
        }
    }

    private mutating func untag(_ reference: ImageReference) {
        change(.removeReference(reference))
        outcome.steps.append(.untagged(reference.familiar))
    }

    private mutating func change(_ change: CatalogChange) {
        catalog.apply(change)
        outcome.changes.append(change)
    }

    private func use(of image: ContentDigest, where isMeant: (RemoveImage.Use) -> Bool) -> RemoveImage.Use? {
        request.uses.first { $0.imageID == image.description && isMeant($0) }
    }
}

// What stands in the way of a removal.
extension RemovalRules {
    private struct Conflict {
        var error: RPCError
        /// A container stands in the way.
        var isUsed: Bool
    }

    /// Children and running containers can't be overruled; names and stopped containers can.
    private func conflict(_ image: ContentDigest, isForced: Bool, ignoringReferences: Bool) -> Conflict? {
        if catalog.hasChildren(image) { return Self.conflict(image, "cannot be forced", "image has dependent child images") }
        if let use = use(of: image, where: \.running) {
            return Self.conflict(image, "cannot be forced", "image is being used by running container", use)
        }
        if isForced { return nil }
        if !ignoringReferences, !catalog.references(to: image).isEmpty {
            return Self.conflict(image, "must be forced", "image is referenced in multiple repositories")
        }
        return use(of: image, where: { !$0.running }).map { use in
            Self.conflict(image, "must be forced", "image is being used by stopped container", use)
        }
    }

    private static func conflict(_ image: ContentDigest, _ remedy: String, _ reason: String, _ use: RemoveImage.Use? = nil) -> Conflict {
        let container = use.map { " \($0.containerID.prefix(12))" } ?? ""
        let message = "conflict: unable to delete \(image.short) (\(remedy)) - \(reason)\(container)"
        return Conflict(error: RPCError(.conflict, message), isUsed: use != nil)
    }
}
