// A container's /etc/hosts.

/// The lines Docker writes.
enum HostsFile {
    struct Entry: Sendable, Equatable {
        var address: String
        /// Separated by spaces.
        var names: String
    }

    /// An address and the names that lead to it, in the order of the file: loopback and IPv6 groups first.
    static let standard = [
        Entry(address: "127.0.0.1", names: "localhost"),
        Entry(address: "::1", names: "localhost ip6-localhost ip6-loopback"),
        Entry(address: "fe00::", names: "ip6-localnet"),
        Entry(address: "ff00::", names: "ip6-mcastprefix"),
        Entry(address: "ff02::1", names: "ip6-allnodes"),
        Entry(address: "ff02::2", names: "ip6-allrouters"),
    ]

    /// Extra hosts come before the container's own names.
    static func text(extraHosts: [Entry], addresses: [String], hostname: String, domainname: String) -> String {
        let names = names(hostname: hostname, domainname: domainname)
        let own = names.isEmpty ? [] : addresses.map { Entry(address: $0, names: names) }
        return (standard + extraHosts + own).map { "\($0.address)\t\($0.names)\n" }.joined()
    }

    /// A container's file with other addresses of its own. What else is in it stays.
    static func text(
        of text: String, removing: [String], adding: [String], hostname: String, domainname: String
    ) -> String {
        let kept = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            line.split(whereSeparator: \.isWhitespace).first.map { !removing.contains(String($0)) } ?? true
        }
        let names = names(hostname: hostname, domainname: domainname)
        let rest = kept.joined(separator: "\n")
        return (rest.isEmpty || rest.hasSuffix("\n") ? rest : rest + "\n") + adding.map { "\($0)\t\(names)\n" }.joined()
    }

    /// A container's file with the addresses of others that have these names. What else is in it stays where it is.
    static func text(of text: String, naming names: String, addresses: [String]) -> String {
        let lines = text.split(separator: "\n").map(String.init)
        let isTheirs = { (line: String) in line.split(separator: "\t", maxSplits: 1).dropFirst().first.map(String.init) == names }
        let position = lines.firstIndex(where: isTheirs) ?? lines.count
        let made = addresses.map { "\($0)\t\(names)" }
        let kept = lines[..<position].filter { !isTheirs($0) } + made + lines[position...].filter { !isTheirs($0) }
        return kept.map { "\($0)\n" }.joined()
    }

    /// The host's own file for a container that shares the host's network, with extra hosts at its end.
    static func text(ofHost host: String, extraHosts: [Entry]) -> String {
        guard !extraHosts.isEmpty else { return host }
        let separator = host.isEmpty || host.hasSuffix("\n") ? "" : "\n"
        return host + separator + extraHosts.map { "\($0.address)\t\($0.names)\n" }.joined()
    }

    /// The full name, then its first label, whichever way the user split the two.
    private static func names(hostname: String, domainname: String) -> String {
        let full = domainname.isEmpty ? hostname : "\(hostname).\(domainname)"
        guard let dot = full.firstIndex(of: ".") else { return full }
        return "\(full) \(full[..<dot])"
    }
}
