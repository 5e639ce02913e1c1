// The headers that Docker adds to HTTP's own.
import HTTPTypes

extension HTTPField.Name {
    static let apiVersion = named("Api-Version")
    static let osType = named("Ostype")
    static let dockerExperimental = named("Docker-Experimental")
    static let builderVersion = named("Builder-Version")
    static let swarm = named("Swarm")
    static let registryAuth = named("X-Registry-Auth")
    static let pathStatus = named("X-Docker-Container-Path-Stat")
    static let pragma = named("Pragma")
    /// What the log lines of all services about a request have in common.
    static let trace = named("Berth-Trace")
    static let warning = named("Warning")
    /// Private to this process: marks a response head that takes its connection over, and isn't sent.
    static let hijack = named("X-Berth-Hijack")

    /// Every name here is valid; the initializer can't know that.
    private static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }
}

extension HTTPFields {
    /// Whether `Connection` has the option `close`, among others or alone.
    var saysClose: Bool {
        self[.connection]?.split(separator: ",").contains { option in
            option.filter { $0 != " " && $0 != "\t" }.lowercased() == "close"
        } ?? false
    }
}
