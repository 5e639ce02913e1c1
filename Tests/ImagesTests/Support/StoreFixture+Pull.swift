// Pulls for tests.
import Contracts
@testable import ImagesServer
import Models
import RPC

extension StoreFixture {
    struct Pulled: Sendable {
        var images: [PullImage.Pulled]
        var progress: [ImageProgress]
        /// `id: status`, or the status alone; lines that only count left out.
        var lines: [String] {
            progress.filter { $0.total == nil }.compactMap { line in line.status.map { (line.id.map { "\($0): " } ?? "") + $0 } }
        }
    }

    /// `127.0.0.1:port/team/app` and what follows.
    func pull(
        _ reference: String, platform: String? = nil, credentials: RegistryCredentials? = nil,
        report: @escaping @Sendable (ImageProgress) async throws -> Void = { _ in }
    ) async throws -> Pulled {
        let progress = Collected<ImageProgress>()
        let request = PullImage.Request(reference: reference, platform: platform, credentials: credentials)
        let response = try await service.pullImage(request) { line in
            progress.add(line)
            try await report(line)
        }
        return Pulled(images: response.images, progress: progress.all)
    }

    /// What a failed pull says.
    func pullFailure(_ reference: String, platform: String? = nil, credentials: RegistryCredentials? = nil) async -> RPCError? {
        do {
            _ = try await pull(reference, platform: platform, credentials: credentials)
            return nil
        } catch {
            return error as? RPCError
        }
    }

    /// Without waits between attempts.
    static var quickSettings: ImageSettings {
        var settings = ImageSettings.standard
        settings.registry.retryDelay = .milliseconds(5)
        return settings
    }

    /// An image whose upper layer is too large for one packet and doesn't compress.
    static func largeImage(_ comment: String = "large", size: Int = 3_000_000) -> TestImage {
        var image = TestImage.twoLayers(comment: comment)
        var generator = SystemRandomNumberGenerator()
        var tar = TarBuilder()
        tar.file("random", (0..<size / 8).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } })
        image.layers.append(tar.finished())
        return image
    }
}
