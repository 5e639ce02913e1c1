// A range that subnets are cut from, and the choice of one that collides with nothing.

/// Subnets of one size, cut from one range.
struct PoolTemplate: Sendable, Equatable {
    let base: IPPrefix
    /// Prefix length of the subnets.
    let size: Int

    /// nil unless subnets of that size fit into the range.
    init?(base: IPPrefix, size: Int) {
        guard (base.length...base.family.width).contains(size) else { return nil }
        self.base = base
        self.size = size
    }

    /// The first subnet that overlaps none of `occupied`; nil when there is none.
    ///
    /// Goes once along the obstacles in their order and jumps over each as a whole, so that the cost depends on their number and
    /// not on that of the subnets.
    func firstFree(avoiding occupied: [IPPrefix]) -> IPPrefix? {
        let obstacles = occupied.filter { $0.overlaps(base) }.sorted { $0.first < $1.first }
        var candidate = IPPrefix(containing: base.first, length: size)
        for obstacle in obstacles {
            guard let subnet = candidate else { return nil }
            if obstacle.overlaps(subnet) { candidate = next(after: max(obstacle.last, subnet.last)) }
        }
        return candidate.flatMap { base.contains($0) ? $0 : nil }
    }

    /// The subnet after the one that holds `address`; nil at the end of the range.
    private func next(after address: IPAddress) -> IPPrefix? {
        guard address < base.last else { return nil }
        return IPPrefix(containing: IPAddress(family: base.family, value: address.value + 1), length: size)
    }
}
