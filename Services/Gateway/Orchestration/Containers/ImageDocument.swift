// An image's own configuration, as the OCI image specification has it.
import Contracts
import Foundation
import Logging
import Models
import RPC
import Synchronization

/// What the engine reads from an image's configuration. Unknown fields are left alone.
struct ImageDocument: Decodable, Sendable {
    struct RootFS: Decodable, Sendable {
        var diffIDs: [String]?
        private enum CodingKeys: String, CodingKey { case diffIDs = "diff_ids" }
    }

    struct Step: Decodable, Sendable {
        var created: String?
        var createdBy: String?
        var comment: String?
        var emptyLayer: Bool?
        private enum CodingKeys: String, CodingKey { case created, comment, createdBy = "created_by", emptyLayer = "empty_layer" }
    }

    var created: String?
    var author: String?
    var architecture: String?
    var variant: String?
    var os: String?
    var comment: String?
    var dockerVersion: String?
    var osVersion: String?
    var parent: String?
    var config: ImageRunConfig?
    var rootfs: RootFS?
    /// Oldest first.
    var history: [Step]?

    private enum CodingKeys: String, CodingKey {
        case created, author, architecture, variant, os, comment, parent, config, rootfs, history
        case dockerVersion = "docker_version", osVersion = "os.version"
    }

    /// Errors: internal when the stored document isn't what it should be.
    static func parse(_ image: ImageRecord) throws(RPCError) -> ImageDocument {
        do {
            return try JSONDecoder().decode(ImageDocument.self, from: Data(image.config))
        } catch {
            throw RPCError(.internalError, "the configuration of image \(image.id) can't be read: \(error)")
        }
    }
}

extension ContainerEngine {
    /// nil, said in the log, for an image whose configuration has something else than this engine reads there: it mustn't stand in the way
    /// of all others.
    func readableDocument(of image: ImageRecord) -> ImageDocument? {
        do throws(RPCError) {
            return try imageConfigs.document(of: image)
        } catch {
            logger.warning("an image tells nothing of itself", metadata: ["image": "\(image.id)", "error": "\(error.message)"])
            return nil
        }
    }
}

/// Parsed configurations by image ID. An ID is the digest of its configuration, so nothing here ever gets old.
final class ImageDocumentCache: Sendable {
    private static let capacity = 128
    private let documents = Mutex<[String: ImageDocument]>([:])

    func document(of image: ImageRecord) throws(RPCError) -> ImageDocument {
        if let known = documents.withLock({ $0[image.id] }) { return known }
        let document = try ImageDocument.parse(image)
        documents.withLock { documents in
            if documents.count >= Self.capacity { documents.removeAll() }
            documents[image.id] = document
        }
        return document
    }
}
