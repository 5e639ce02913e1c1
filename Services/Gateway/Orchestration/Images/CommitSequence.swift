// Commit: a container becomes an image.
import Contracts
import Foundation
import GatewayBackends
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

struct CommitSequence: Sendable {
    let engine: ContainerEngine
    let options: CommitOptions

    /// Returns the image's ID. Errors: notFound; conflict when the container is going; `invalidParameter`.
    func run(_ context: RPCContext) async throws -> String {
        let (record, live) = try engine.find(options.container)
        switch record.state.phase {
        case .removing: throw RPCError(.conflict, "You cannot commit container \(record.id) which is being removed")
        case .dead: throw RPCError(.conflict, "You cannot commit container \(record.id) which is Dead")
        default: break
        }
        let request = CommitContainer.Request(
            containerID: record.id, reference: options.reference, comment: options.comment, author: options.author,
            changes: options.changes, config: try config(record), command: (record.config.cmd ?? []).joined(separator: " "))
        let id = try await paused(record, live, context) { try await engine.images.commitContainer(request, context) }
        if let reference = options.reference { await engine.tellImage("tag", id, name: ImageReference.familiarName(of: reference)) }
        engine.tell("commit", record, ["comment": options.comment, "imageID": id, "imageRef": options.reference ?? ""])
        return id
    }

    /// One that is paused already stays so.
    private func paused<R>(
        _ record: ContainerRecord, _ live: LiveContainer, _ context: RPCContext, _ body: () async throws -> R
    ) async throws -> R {
        guard options.pauses, record.state.process != nil, try await pause(live, context) else { return try await body() }
        FaultPoint.reach("gateway.commit.paused")
        let result: Result<R, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        do {
            try await engine.resume(live, .fresh())
        } catch let error as RPCError where error.code == .conflict {
            // It was killed, or resumed by someone else.
        } catch {
            engine.logger.warning("A container stays paused after a commit", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
        return try result.get()
    }

    /// False when there is nothing to pause: it has been paused already, or has ended by itself just now.
    private func pause(_ live: LiveContainer, _ context: RPCContext) async throws -> Bool {
        do {
            try await engine.pause(live, forCommit: true, context)
            return true
        } catch let error as RPCError where error.code == .conflict {
            return false
        }
    }

    /// The container's configuration with the request's over it. The two kinds of document have their names in common.
    private func config(_ record: ContainerRecord) throws(RPCError) -> [UInt8] {
        do {
            let own = try JSONEncoder().encode(record.config)
            guard let wanted = options.config else { return Array(own) }
            let image = try JSONDecoder().decode(ImageRunConfig.self, from: own)
            return Array(try JSONEncoder().encode(try ImageMerge.merge(wanted, image: image)))
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.internalError, "the configuration of container \(record.id) can't be written as an image's: \(error)")
        }
    }
}
