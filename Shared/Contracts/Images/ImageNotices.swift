// What the image service tells without being asked: which images there are, and what they are called.
import RPC

/// One change of the images and their names.
public enum ImageChange: Codable, Sendable, Equatable {
    /// An image is there, by its ID.
    case added(String)
    case removed(String)
    /// A reference, canonical, means an image now, whatever it meant before.
    case named(String, imageID: String)
    case unnamed(String)
}

/// First everything there is, then every change as it comes. Goes on until it is cancelled; ends by itself when the caller falls too
/// far behind, who then begins anew.
public enum WatchImages: RPCStreamMethod {
    public static let name = "images.watch"
    public typealias Request = RPCNothing
    public struct Outbound: Codable, Sendable, Equatable {
        /// In order, some hundred at most.
        public var changes: [ImageChange]
        /// Everything there was at the beginning has been told with this item.
        public var isComplete: Bool
        public init(changes: [ImageChange], isComplete: Bool) {
            self.changes = changes
            self.isComplete = isComplete
        }
    }
    public typealias Response = RPCNothing
}
