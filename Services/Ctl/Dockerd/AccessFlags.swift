// dockerd's flags about who reaches the engine, and where.
import ArgumentParser
import ServiceKit

struct AccessFlags: ParsableArguments {
    @Option(
        name: [.customShort("H", allowingJoined: true), .customLong("host")],
        help: "Where to listen besides the run directory's socket: unix:///path, tcp://address:port, fd://. May be repeated.")
    var hosts: [String] = []

    @Option(
        name: [.customShort("G", allowingJoined: true), .customLong("group")],
        help: "Name or number of the group that may use the sockets.")
    var group: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Use TLS at TCP addresses; implied by --tlsverify. Turned off expressly, TCP is served without TLS at any address.")
    var tls: Bool?

    @Flag(inversion: .prefixedNo, help: "Use TLS, and serve only clients with a certificate of the authority.")
    var tlsverify: Bool?

    @Option(help: "The authority of clients' certificates.")
    var tlscacert: String?

    @Option(help: "The server's certificate.")
    var tlscert: String?

    @Option(help: "The key of the server's certificate.")
    var tlskey: String?

    @Option(name: .customLong("metrics-addr"), help: "address:port to offer metrics at, in Prometheus' form.")
    var metricsAddress: String?

    @Option(
        name: .customLong("min-api-version"),
        help: "The oldest version of the API that is served (default: that of DOCKER_MIN_API_VERSION, or all).")
    var minAPIVersion: String?

    func apply(to configuration: inout EngineConfiguration) throws {
        configuration.hosts += hosts
        configuration.group = group ?? configuration.group
        configuration.tls.isOn = tls ?? configuration.tls.isOn
        configuration.tls.verifiesClients = tlsverify ?? configuration.tls.verifiesClients
        configuration.tls.isDeclined = tls.map { !$0 } ?? configuration.tls.isDeclined
        if configuration.tls.verifiesClients { configuration.tls.isDeclined = false }
        configuration.tls.authority = tlscacert ?? configuration.tls.authority
        configuration.tls.certificate = tlscert ?? configuration.tls.certificate
        configuration.tls.key = tlskey ?? configuration.tls.key
        configuration.metricsAddress = metricsAddress ?? configuration.metricsAddress
        configuration.minAPIVersion = minAPIVersion ?? configuration.minAPIVersion
    }
}
