// The headers of every response.
import HTTPTypes
import Models
import ServiceKit

enum EngineHeaders {
    /// Clients find the server's operating system in a `Server` header that looks like dockerd's.
    static let fields: HTTPFields = {
        var fields = HTTPFields()
        fields[.server] = "Docker/\(EngineVersion.docker) (linux)"
        fields[.apiVersion] = APIVersion.newest.description
        fields[.osType] = "linux"
        fields[.dockerExperimental] = "false"
        return fields
    }()
}
