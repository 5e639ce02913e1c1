// A repository by all endpoints it may be had from.
import Contracts
import Models
import NIOCore

/// Tries endpoints in turn until one has what is asked for.
struct RepositoryAccess: Sendable {
    let access: RegistryAccess
    let reference: ImageReference
    let scopes: [RegistryScope]
    let credentials: RegistryCredentials?

    /// For reading, mirrors included.
    init(pulling reference: ImageReference, access: RegistryAccess, credentials: RegistryCredentials?) {
        self.access = access
        self.reference = reference
        self.credentials = credentials
        scopes = [.pull(reference.path)]
    }

    /// For writing: the registry itself alone.
    init(pushing reference: ImageReference, access: RegistryAccess, credentials: RegistryCredentials?) {
        self.access = access
        self.reference = reference
        self.credentials = credentials
        scopes = [.push(reference.path)]
    }

    var clients: [RepositoryClient] {
        let isReading = scopes == [.pull(reference.path)]
        let choice = access.choice
        return clients(access.health.ordered(isReading ? choice.endpoints(for: reference.domain) : choice.own(for: reference.domain)))
    }

    private func clients(_ endpoints: [RegistryEndpoint]) -> [RepositoryClient] {
        endpoints.map {
            RepositoryClient(access: access, endpoint: $0, repository: reference.path, scopes: scopes, credentials: credentials)
        }
    }

    /// Runs `body` with one endpoint after the other. Returns the result and the endpoints that are left, the one that answered first.
    /// Throws the failure that says most.
    func first<R: Sendable>(
        _ body: @Sendable (RepositoryClient) async throws -> R
    ) async throws -> (result: R, clients: [RepositoryClient]) {
        var failures: [RegistryFailure] = []
        let clients = clients
        for (index, client) in clients.enumerated() {
            do {
                let result = try await body(client)
                access.health.answered(client.endpoint)
                // Another scheme of the same registry is no second source.
                let others = clients[(index + 1)...].filter { $0.endpoint.authority != client.endpoint.authority }
                return (result, [client] + others)
            } catch let failure as RegistryFailure {
                failures.append(failure)
                if case .transport = failure { access.health.failed(client.endpoint) } else if !client.endpoint.isMirror { break }
            }
        }
        throw Self.worst(failures) ?? RegistryFailure.content("there is no endpoint for \(reference.domain)")
    }

    /// An answer says more than no answer; the registry itself, which comes last, more than its mirrors.
    private static func worst(_ failures: [RegistryFailure]) -> RegistryFailure? {
        failures.last { if case .transport = $0 { false } else { true } } ?? failures.last
    }
}
