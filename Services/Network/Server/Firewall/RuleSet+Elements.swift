// The elements of the table's sets and maps, and the scripts that add and delete them.
import Contracts

extension RuleSet {
    /// An element of a set or, with a value, of a map.
    private struct Element {
        let set: String
        let key: String
        var value: String?
    }

    /// A script that makes bridges known; empty for none.
    func additions(of bridges: [Bridge]) -> String {
        script("add", bridges.flatMap(Self.elements))
    }

    /// A script that takes bridges back; empty for none.
    func removals(of bridges: [Bridge]) -> String {
        script("delete", bridges.flatMap(Self.elements))
    }

    /// A script that publishes more ports; empty for none.
    func additions(of publications: some Collection<Publication>) -> String {
        script("add", Self.elements(publications))
    }

    /// A script that takes published ports back; empty for none.
    func removals(of publications: some Collection<Publication>) -> String {
        script("delete", Self.elements(publications))
    }

    /// A script that opens more ports; empty for none.
    func additions(of ports: some Collection<OpenPort>) -> String {
        script("add", Self.elements(ports))
    }

    /// A script that closes ports; empty for none.
    func removals(of ports: some Collection<OpenPort>) -> String {
        script("delete", Self.elements(ports))
    }

    /// A script that opens more ways between linked containers; empty for none.
    func additions(of ways: Set<LinkedWay>) -> String {
        script("add", Self.elements(ways))
    }

    /// A script that closes ways between linked containers; empty for none.
    func removals(of ways: Set<LinkedWay>) -> String {
        script("delete", Self.elements(ways))
    }

    /// One command a set, in the order in which the sets first come up.
    private func script(_ verb: String, _ elements: [Element]) -> String {
        var sets: [String] = []
        for element in elements where !sets.contains(element.set) { sets.append(element.set) }
        return sets.map { set in
            let texts = elements.filter { $0.set == set }.map { element in
                verb == "add" ? element.key + (element.value.map { " : \($0)" } ?? "") : element.key
            }
            return "\(verb) element inet \(table) \(set) { \(texts.joined(separator: ", ")) }"
        }.joined(separator: "\n")
    }

    private static func elements(_ bridge: Bridge) -> [Element] {
        let name = "\"\(bridge.name)\""
        var elements = [Element(set: "bridges", key: name)]
        if bridge.connectsContainers { elements.append(Element(set: "linked", key: "\(name) . \(name)")) }
        if bridge.isInternal { elements.append(Element(set: "internal_bridges", key: name)) }
        for interface in bridge.trusted { elements.append(Element(set: "trusted", key: "\"\(interface)\" . \(name)")) }
        for family in bridge.unprotected.sorted(by: { $0.rawValue < $1.rawValue }) {
            elements.append(Element(set: "unprotected_\(family.suffix)", key: name))
        }
        for subnet in bridge.subnets {
            let suffix = subnet.family.suffix
            elements.append(Element(set: "own_\(suffix)", key: "\(subnet) . \(name)"))
            if bridge.masqueraded.contains(subnet.family) { elements.append(Element(set: "masqueraded_\(suffix)", key: "\(subnet)")) }
            if let source = bridge.sources[subnet.family] {
                elements.append(Element(set: "sources_\(suffix)", key: "\(subnet)", value: "\(source)"))
            }
        }
        return elements
    }

    private static func elements(_ publications: some Collection<Publication>) -> [Element] {
        // The others are the proxy's.
        let translated = publications.filter { $0.hostAddress.family == $0.containerAddress.family }
        let sorted = translated.sorted { left, right in
            (left.transport.rawValue, left.hostPort, left.hostAddress) < (right.transport.rawValue, right.hostPort, right.hostAddress)
        }
        let everywhere = sorted.filter(\.hostAddress.isUnspecified), somewhere = sorted.filter { !$0.hostAddress.isUnspecified }
        return (everywhere + somewhere).map { publication in
            let suffix = publication.hostAddress.family == .v4 ? "" : "_v6"
            let port = "\(publication.transport.rawValue) . \(publication.hostPort)"
            return Element(
                set: publication.hostAddress.isUnspecified ? "published_anywhere\(suffix)" : "published\(suffix)",
                key: publication.hostAddress.isUnspecified ? port : "\(publication.hostAddress) . \(port)",
                value: "\(publication.containerAddress) . \(publication.containerPort)")
        }
    }

    private static func elements(_ ways: Set<LinkedWay>) -> [Element] {
        ways.map { "\($0.source) . \($0.target) . \($0.transport.rawValue) . \($0.port)" }.sorted().map { Element(set: "ways", key: $0) }
    }

    private static func elements(_ ports: some Collection<OpenPort>) -> [Element] {
        let sorted = ports.sorted { ($0.address, $0.transport.rawValue, $0.port) < ($1.address, $1.transport.rawValue, $1.port) }
        return sorted.map { port in
            Element(
                set: "\(port.isForTrusted == true ? "trusted" : "open")_\(port.address.contains(":") ? "v6" : "v4")",
                key: "\(port.address) . \(port.transport.rawValue) . \(port.port)")
        }
    }
}

extension IPFamily {
    /// As the names of sets end.
    fileprivate var suffix: String { self == .v4 ? "v4" : "v6" }
}
