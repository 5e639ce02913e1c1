// Announcements of an endpoint's addresses: whether there is one, and further ones where the network's options ask for them.
import Contracts
import Logging

extension NetworkService {
    /// Every container of a bridge hears an announcement, so there is none that is news to nobody: of addresses that had no owner
    /// before, as far back as the bridge goes.
    func announces(_ addresses: [InterfaceAddress], on network: ActiveNetwork) -> Bool {
        if let count = network.options.announcements.count { return count > 0 }
        guard network.isYoung else { return true }
        return addresses.contains { interface in
            network.subnet(of: interface.address).map { ipam.hadOwner($0.pool, interface.address) } ?? true
        }
    }

    /// The kernel sends the first announcement; this has it send the others.
    func announceLater(_ endpointID: String, of containerID: String, _ announcements: Announcements) {
        guard let count = announcements.count, count > 1 else { return }
        Task { [weak self] in
            for _ in 1..<count {
                try await Task.sleep(for: .milliseconds(announcements.interval))
                guard await self?.announceAgain(endpointID, of: containerID) == true else { return }
            }
        }
    }

    /// An interface that is given the hardware address it has announces its addresses. Returns false when the endpoint is gone.
    private func announceAgain(_ endpointID: String, of containerID: String) -> Bool {
        guard let sandbox = sandboxes[containerID], let endpoint = sandbox.endpoints.first(where: { $0.id == endpointID }) else {
            return false
        }
        do {
            let socket = try endpointPlace(of: sandbox).socket
            guard let link = try socket.link(named: endpoint.interface) else { return false }
            try socket.activateLink(index: link.index, mac: link.mac)
            return true
        } catch {
            logger.warning(
                "can't announce an endpoint's addresses again",
                metadata: [
                    "container": "\(containerID)", "error": "\(error)",
                ])
            return false
        }
    }
}
