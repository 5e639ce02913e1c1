// Which versions of the Engine API are served.
import Models

extension EngineConfiguration {
    /// dockerd's variable of the environment for the oldest version.
    public static let oldestVersionVariable = "DOCKER_MIN_API_VERSION"

    /// The oldest version of the API that is served.
    public var oldestVersion: APIVersion { minAPIVersion.flatMap { APIVersion($0) } ?? .oldest }

    /// The configuration with what the environment overrides. Errors: `ConfigurationError`.
    public func overridden(byEnvironment variables: [String: String]) throws -> EngineConfiguration {
        guard let version = variables[Self.oldestVersionVariable], !version.isEmpty else { return self }
        if let fault = Self.fault(ofOldestVersion: version) {
            throw ConfigurationError("invalid \(Self.oldestVersionVariable): \(fault)")
        }
        var configuration = self
        configuration.minAPIVersion = version
        return configuration
    }

    func validateAPI() throws {
        guard let fault = minAPIVersion.flatMap(Self.fault) else { return }
        throw ConfigurationError("key 'min-api-version': \(fault)")
    }

    /// In dockerd's words; nil for a version that can be the oldest.
    private static func fault(ofOldestVersion text: String) -> String? {
        if text.lowercased().hasPrefix("v") { return "API version must be provided without \"v\" prefix" }
        guard let version = APIVersion(text) else { return "invalid API version '\(text)': it must be like \(APIVersion.newest)" }
        if version < .oldest { return "minimum supported API version is \(APIVersion.oldest): \(text)" }
        return version > .newest ? "maximum supported API version is \(APIVersion.newest): \(text)" : nil
    }
}
