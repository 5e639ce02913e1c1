// What the configuration comes to for the gateway: read and checked once, before anything is opened.
import Contracts
import Foundation
public import ServiceKit

/// The configuration with what the environment says instead, and what it names read.
public struct EngineSettings: Sendable {
    public let configuration: EngineConfiguration
    let userNamespaces: UserNamespaceSettings
    /// What containers get that ask for no filter of system calls.
    let seccomp: SeccompSpec

    /// `variables` is the environment. Errors: `ConfigurationError`.
    public init(_ original: EngineConfiguration, variables: [String: String]) throws {
        configuration = try original.overridden(byEnvironment: variables)
        try configuration.containers.checkLogging()
        userNamespaces = try UserNamespaceSettings(configuration, .read())
        seccomp = try configuration.containers.readProfile()
    }
}

extension EngineConfiguration.ContainerDefaults {
    /// More than any profile has.
    private static let longestProfile = 1 << 20

    /// The filter that `seccomp-profile` names. Errors: `ConfigurationError` for a file that is none.
    func readProfile() throws -> SeccompSpec {
        switch seccompProfile {
        case Self.builtinProfile: return .builtin
        case Self.noProfile: return .unconfined
        default:
            let data: Data
            do { data = try Data(contentsOf: URL(filePath: seccompProfile)) } catch {
                throw ConfigurationError("key 'seccomp-profile': opening seccomp profile (\(seccompProfile)) failed: \(error)")
            }
            let profile = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
            guard data.count <= Self.longestProfile, profile?["defaultAction"] is String else {
                throw ConfigurationError("key 'seccomp-profile': \(seccompProfile) is no profile: JSON with a defaultAction")
            }
            return .profile(String(decoding: data, as: UTF8.self))
        }
    }
}
