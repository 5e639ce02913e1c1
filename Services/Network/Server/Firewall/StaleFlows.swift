// Flows that are on their way under rules that hold no longer.
import CLinux
import Contracts
import Logging

extension NetworkService {
    /// Has flows to a container that goes be judged anew: a client that keeps sending would be led to its address for ever.
    func forgetFlows(to publications: [Publication]) {
        let addresses = Set(publications.filter { $0.transport == .udp }.map(\.containerAddress))
        for address in addresses { report(berth_conntrack_forget_udp(address.bytes, 0)) }
    }

    /// Has flows to ports that are published now be judged anew: a client that sent before would go on to the host.
    func forgetFlows(throughPortsOf publications: [Publication]) {
        let ports = Set(publications.filter { $0.transport == .udp }.map(\.hostPort))
        for port in ports { report(berth_conntrack_forget_udp(nil, port)) }
    }

    /// Has those be judged anew that began while the table was gone: whatever a client sends again would go to the host, as its first
    /// packet did.
    func forgetUnansweredFlows() {
        guard !ports.publications.isEmpty else { return }
        var bits = [UInt8](repeating: 0, count: 8192)
        for publication in ports.publications { bits[Int(publication.hostPort >> 3)] |= 1 << (publication.hostPort & 7) }
        report(berth_conntrack_forget_unanswered(bits))
    }

    /// The container works all the same, and for new clients at once.
    private func report(_ result: Int32) {
        guard result < 0 else { return }
        let error = KernelError(operation: "forget datagram flows", code: -result)
        logger.warning("clients that have been sending datagrams may not be led to where they should", metadata: ["error": "\(error)"])
    }
}
