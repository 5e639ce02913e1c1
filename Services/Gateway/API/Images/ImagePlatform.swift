// The platform that a request wants of an image, which has exactly one here.
import FoundationEssentials
import GatewayBackends
import Models
import RPC

extension EngineRequest {
    /// The platforms of a parameter, each a JSON object as OCI has it; none for clients of a version that doesn't know the parameter.
    /// Errors: `invalidParameter`.
    func platforms(_ key: String = "platform", since version: APIVersion) throws(RPCError) -> [OCIPlatform] {
        guard self.version >= version else { return [] }
        var platforms: [OCIPlatform] = []
        for text in query.all(key) where !text.isEmpty {
            guard let platform = try? JSONDecoder().decode(OCIPlatform.self, from: Data(text.utf8)), !platform.os.isEmpty,
                !platform.architecture.isEmpty
            else { throw RPCError(.invalidParameter, "failed to parse platform: \(text)") }
            platforms.append(platform)
        }
        return platforms
    }

    /// The parameter `platform`, in the form `linux/arm64/v8` or a part of it; nil when it isn't given. Errors: `invalidParameter`.
    func platformSpecifier() throws(RPCError) -> String? {
        guard let text = query.text("platform") else { return nil }
        guard OCIPlatform(parsing: text, host: Self.someHost) != nil else {
            throw RPCError(.invalidParameter, OCIPlatform.complaint(text))
        }
        return text
    }

    /// Used only to parse; the default doesn't affect validity.
    private static let someHost = OCIPlatform(os: "linux", architecture: "amd64")

    /// Passes when the image is for one of the platforms that are asked for, or none is. Errors: notFound in dockerd's words.
    func checkPlatform(
        of name: String, tag: String? = nil, key: String = "platform", since version: APIVersion, _ backend: any ImageBackend
    ) async throws {
        guard let wanted = try platforms(key, since: version).first else { return }
        let all = try platforms(key, since: version)
        let name = tag.map { "\(name):\($0)" } ?? name
        let image = try await backend.inspectImage(name, context: context)
        let actual = OCIPlatform(os: image.os, architecture: image.architecture, variant: image.variant.isEmpty ? nil : image.variant)
        guard all.contains(where: { $0.distance(to: actual) != nil }) else {
            throw RPCError(
                .notFound,
                """
                image with reference \(name) was found but its platform (\(actual)) does not match the specified platform (\(wanted))
                """)
        }
    }
}
