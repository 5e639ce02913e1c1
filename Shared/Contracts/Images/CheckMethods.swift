// The method of the image service that looks for damage.
import RPC

/// Verifies every blob by its digest and every layer's files by its blob, while everything goes on. With `repair`, damaged blobs are
/// fetched again from registries that their images are known by, and damaged files are put right from their blobs.
///
/// Each finding is told as it comes.
public enum CheckImages: RPCStreamMethod {
    public static let name = "images.check"
    public struct Request: Codable, Sendable {
        public var repair: Bool
        /// For the registries that a repair fetches from.
        public var credentials: RegistryCredentials?
        public init(repair: Bool = false, credentials: RegistryCredentials? = nil) {
            self.repair = repair
            self.credentials = credentials
        }
    }
    public struct Finding: Codable, Sendable, Equatable {
        public enum Kind: String, Codable, Sendable {
            case blob, layer
        }
        public var kind: Kind
        /// A blob's digest or a layer's chain ID.
        public var id: String
        /// What is wrong.
        public var problem: String
        public var isRepaired: Bool
        /// How it was repaired, or why it wasn't.
        public var remark: String
        public init(kind: Kind, id: String, problem: String, isRepaired: Bool = false, remark: String = "") {
            self.kind = kind
            self.id = id
            self.problem = problem
            self.isRepaired = isRepaired
            self.remark = remark
        }
    }
    public typealias Outbound = Finding
    public struct Response: Codable, Sendable, Equatable {
        public var blobs: Int
        public var layers: Int
        /// Bytes of the blobs that were read.
        public var bytes: Int64
        /// Findings that stay.
        public var damaged: Int
        public init(blobs: Int, layers: Int, bytes: Int64, damaged: Int) {
            self.blobs = blobs
            self.layers = layers
            self.bytes = bytes
            self.damaged = damaged
        }
    }
}
