// Which images there are and what they are called, as the image service told it last: reads never wait for that service.
public import Contracts
import Models
import Synchronization

/// The images' names. What is known stays while nobody tells anything new.
public final class ImageNames: Sendable {
    /// A snapshot of the images and their names.
    public struct View: Sendable, Equatable {
        /// Nothing has been told yet.
        var isEmpty = true
        var images: Set<String> = []
        /// IDs by canonical reference.
        var references: [String: String] = [:]

        public init() {}

        mutating func apply(_ change: ImageChange) {
            switch change {
            case .added(let id): images.insert(id)
            case .removed(let id): images.remove(id)
            case .named(let reference, let id): references[reference] = id
            case .unnamed(let reference): references[reference] = nil
            }
        }

        /// What a name means now: an image's ID, or nil for none of this name. Prefixes of IDs aren't names.
        func meaning(_ name: String) -> String? {
            guard let reference = try? ImageReference(parsing: name) else { return nil }
            return references[reference.key.canonical]
        }

        /// Whether an image is still what a container was told to be made from. `meaning`: that name's.
        func stillMeans(_ name: String, _ meaning: String?, imageID: String) -> Bool {
            if isEmpty || name == imageID { return true }
            if let meaning { return meaning == imageID }
            let digits = name.hasPrefix("sha256:") ? name.dropFirst("sha256:".count) : name[...]
            return images.contains(imageID) && !digits.isEmpty && imageID.dropFirst("sha256:".count).hasPrefix(digits)
        }
    }

    private struct State {
        var known = View()
        /// What has been told since `begin`; nil once it is complete.
        var next: View?
    }

    private let state = Mutex(State())

    public init() {}

    public var view: View { state.withLock { $0.known } }

    /// The service begins to tell everything anew.
    public func begin() {
        state.withLock { $0.next = View() }
    }

    public func take(_ notice: WatchImages.Outbound) {
        state.withLock { state in
            var next = state.next ?? state.known
            for change in notice.changes { next.apply(change) }
            guard notice.isComplete else { return state.next = next }
            next.isEmpty = false
            (state.known, state.next) = (next, nil)
        }
    }
}

/// Tells of many containers whether their images still have the names that they were made by.
public struct ImageNameCheck {
    private let view: ImageNames.View
    private var meanings: [String: String?] = [:]

    public init(_ view: ImageNames.View) { self.view = view }

    /// The name is the image's no more: Docker shows the ID then.
    public mutating func hasLostName(_ record: ContainerRecord) -> Bool {
        let name = record.config.image
        let meaning: String?
        if let known = meanings[name] {
            meaning = known
        } else {
            meaning = view.meaning(name)
            meanings[name] = .some(meaning)
        }
        return !view.stillMeans(name, meaning, imageID: record.definition.imageID)
    }
}
