// Registries' failures as callers are told, in Docker's words.
import Models
import RPC

extension RPCError {
    /// For a pull of an image.
    init(_ failure: RegistryFailure, pulling reference: ImageReference) {
        guard case .answer(let answer) = failure else {
            self.init(failure.asDockerAsks)
            return
        }
        let reason = answer.reason
        if answer.says("DENIED", status: 403) {
            self.init(
                .notFound,
                "pull access denied for \(reference.familiarName), repository does not exist or may require 'docker login': \(reason)")
        } else if answer.says("MANIFEST_UNKNOWN", status: 404) {
            let words = answer.errors.isEmpty ? "manifest unknown: manifest unknown" : reason
            self.init(.notFound, "manifest for \(reference.tagged.familiar) not found: \(words)")
        } else if answer.says("NAME_UNKNOWN", status: 404) {
            self.init(.notFound, "repository \(reference.familiarName) not found: \(reason)")
        } else {
            self.init(answer, answer.reason)
        }
    }

    /// For a look at what a registry has.
    init(inspecting failure: RegistryFailure) {
        guard case .answer(let answer) = failure else {
            self.init(failure.asDockerAsks)
            return
        }
        self.init(answer, answer.errors.isEmpty && answer.status == 404 ? "manifest unknown: manifest unknown" : answer.reason)
    }

    /// For a push of an image.
    init(_ failure: RegistryFailure, pushing reference: ImageReference) {
        switch failure {
        case .answer(let answer): self.init(answer, answer.reason)
        case .noCredentials: self.init(.internalError, "no basic auth credentials")
        default: self.init(failure.asDockerAsks)
        }
    }

    private init(_ answer: RegistryAnswer, _ words: String) {
        switch answer.status {
        case 401: self.init(.unauthorized, words)
        case 403: self.init(.forbidden, words)
        case 404: self.init(.notFound, words)
        case 429: self.init(.resourceExhausted, words)
        default: self.init(.internalError, words)
        }
    }

    /// For anything else.
    init(_ failure: RegistryFailure) {
        let text = "\(failure)"
        switch failure {
        case .transport, .noCredentials: self.init(.internalError, text)
        case .content, .unsuitable, .certificates: self.init(.invalidParameter, text)
        case .notFound: self.init(.notFound, text)
        case .answer(let answer): self.init(answer, answer.status == 429 ? answer.reason : text)
        }
    }
}

extension RegistryFailure {
    /// As Docker words it, which knocks at the registry's door first, and asks for a manifest's head before the manifest.
    fileprivate var asDockerAsks: RegistryFailure {
        switch self {
        case .transport(let method, let url, let reason):
            guard let door = url.firstRange(of: "/v2/") else { return self }
            return .transport(method: method, url: String(url[..<door.upperBound]), reason: reason)
        case .noCredentials(_, let url): return .noCredentials(method: url.contains("/manifests/") ? "HEAD" : "GET", url: url)
        default: return self
        }
    }
}
