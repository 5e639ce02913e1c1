// What the image service does with registries.
import Contracts
import Models
import RPC

extension ImageService {
    /// Pulls an image, or all tags of a repository; cancelling the task ends it, and what has come stays for another time.
    public nonisolated func pullImage(_ request: PullImage.Request, report: @escaping Report) async throws(RPCError) -> PullImage.Response {
        let pull = try ImagePull(request, around: pulls, report: report)
        return try await failing { try await pull.run() }
    }
}
