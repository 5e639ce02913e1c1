// Registries' failures as callers are told, in Docker's words.
import Models
import RPC

extension RPCError {
    /// For a pull of an image.
    init(_ failure: RegistryFailure, pulling reference: ImageReference) {
        guard case .answer(let answer) = failure else {
            self.init(failure)
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
            self.init(failure)
        }
    }

    /// For a push of an image.
    init(_ failure: RegistryFailure, pushing reference: ImageReference) {
        guard case .answer(let answer) = failure, answer.status == 401 || answer.status == 403 else {
            self.init(failure)
            return
        }
        self.init(answer.status == 401 ? .unauthorized : .forbidden, answer.reason)
    }

    /// For anything else.
    init(_ failure: RegistryFailure) {
        let text = "\(failure)"
        switch failure {
        case .transport, .noCredentials: self.init(.internalError, text)
        case .content, .unsuitable, .certificates: self.init(.invalidParameter, text)
        case .notFound: self.init(.notFound, text)
        case .answer(let answer):
            switch answer.status {
            case 401: self.init(.unauthorized, text)
            case 403: self.init(.forbidden, text)
            case 404: self.init(.notFound, text)
            case 429: self.init(.resourceExhausted, answer.reason)
            default: self.init(.internalError, text)
            }
        }
    }
}
