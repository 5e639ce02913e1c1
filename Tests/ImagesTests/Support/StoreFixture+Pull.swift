// Pulls for tests.
import Contracts
import Glibc
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
        var noise = [UInt8](repeating: 0, count: size)
        noise.withUnsafeMutableBytes { bytes in
            // Its limit of bytes a call.
            for start in stride(from: 0, to: size, by: 256) {
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + 256, size)])
                getentropy(part.baseAddress, part.count)
            }
        }
        var tar = TarBuilder()
        tar.file("random", noise)
        image.layers.append(tar.finished())
        return image
    }
}
