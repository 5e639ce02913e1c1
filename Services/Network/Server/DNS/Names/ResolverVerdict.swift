// What becomes of a query: dockerd's rules about which names are the engine's.

/// The decision about one query. Pure: the same query gets the same verdict, but for the order of addresses.
enum ResolverVerdict: Sendable, Equatable {
    case answer(DNSCode, [DNSAnswer])
    case forward

    /// `shuffle` puts addresses in an order that spreads the load.
    init(
        _ query: DNSMessage, from client: ResolverClient, _ directory: NameDirectory,
        shuffle: ([IPAddress]) -> [IPAddress] = { $0.shuffled() }
    ) {
        guard query.header.opcode == 0 else {
            self = .answer(.notImplemented, [])
            return
        }
        guard query.questions.count == 1, let question = query.questions.first else {
            self = .answer(.formatError, [])
            return
        }
        if let extensions = query.extensions, extensions.version > 0 {
            self = .answer(.badVersion, [])
            return
        }
        let search = NameSearch(client: client, directory: directory)
        self = question.classCode == DNSQuestion.internet ? Self.local(question, search, shuffle) ?? .forward : .forward
        if self == .forward, client.keepsShortNames, [.a, .aaaa].contains(question.type), question.name.labels.count < 2 {
            self = .answer(.noError, [])
        }
    }

    /// nil for what isn't the engine's to answer. A name that is there without an address of the wanted kind has no records:
    /// another server must not be asked for it.
    private static func local(
        _ question: DNSQuestion, _ search: NameSearch, _ shuffle: ([IPAddress]) -> [IPAddress]
    ) -> ResolverVerdict? {
        switch question.type {
        case .a, .aaaa:
            let family: IPFamily = question.type == .a ? .v4 : .v6
            guard let addresses = search.addresses(of: question.name) else { return nil }
            return .answer(.noError, shuffle(addresses.filter { $0.family == family }).map(DNSAnswer.address))
        case .mx:
            return search.addresses(of: question.name).map { _ in .answer(.noError, []) }
        case .ptr:
            guard let address = ReverseName.address(question.name), let name = search.pointer(to: address) else { return nil }
            return .answer(.noError, [.pointer(name)])
        default:
            return nil
        }
    }
}

/// Looks a name up in the networks of the one who asks.
struct NameSearch {
    let client: ResolverClient
    let directory: NameDirectory

    /// Both a container's name and `name.network` lead to it, and either part may have dots: each place to divide is tried.
    func addresses(of name: DNSName) -> [IPAddress]? {
        let labels = name.folded.labels.map { String(decoding: $0, as: UTF8.self) }
        guard !labels.isEmpty else { return nil }
        for split in stride(from: labels.count, through: 1, by: -1) {
            let host = labels[..<split].joined(separator: ".")
            let network = split == labels.count ? nil : labels[split...].joined(separator: ".")
            if let found = addresses(of: host, inNetworkNamed: network) { return found }
        }
        return nil
    }

    func pointer(to address: IPAddress) -> DNSName? {
        let names = client.memberships.lazy.compactMap { directory.pointer(to: address, inNetwork: $0.networkID) }
        return names.first.flatMap { DNSName($0) }
    }

    /// The client's own links come before what the network knows.
    private func addresses(of host: String, inNetworkNamed network: String?) -> [IPAddress]? {
        let searched = client.memberships.filter { membership in
            network == nil || directory.name(ofNetwork: membership.networkID)?.lowercased() == network
        }
        let linked = searched.lazy.compactMap { membership in
            membership.links[host].flatMap { addresses(of: $0, inNetwork: membership.networkID) }
        }
        if let found = linked.first { return found }
        return searched.lazy.compactMap { directory.addresses(of: host, inNetwork: $0.networkID) }.first
    }

    private func addresses(of link: ResolverClient.Link, inNetwork network: String) -> [IPAddress]? {
        link.name.flatMap { directory.addresses(of: $0, inNetwork: network) }
            ?? link.containerID.flatMap { directory.addresses(ofContainer: $0, inNetwork: network) }
    }
}
