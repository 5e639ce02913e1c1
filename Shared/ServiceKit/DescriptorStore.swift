// Descriptors that outlive the service: its supervisor keeps them while it restarts (systemd's FD store, or berthctl's).
import Glibc

/// Hands descriptors to the supervisor, under names, and has those that an earlier process of the service handed over.
public struct DescriptorStore: Sendable {
    /// What was kept, by name. They are this process's now; whoever takes them closes them.
    public let restored: [String: [Int32]]
    private let notification: SupervisorNotification?
    private static let prefix = "k-"

    /// `sockets` are all that the supervisor handed over.
    init(sockets: [ActivatedSocket], notification: SupervisorNotification) {
        let kept = sockets.filter { $0.name.hasPrefix(Self.prefix) }
        restored = Dictionary(grouping: kept) { String($0.name.dropFirst(Self.prefix.count)) }.mapValues { $0.map(\.descriptor) }
        self.notification = notification
    }

    /// One that keeps nothing, and has what it is given.
    public init(restored: [String: [Int32]] = [:]) {
        self.restored = restored
        notification = nil
    }

    /// A store that has only some of what was kept, by name, and hands over as this one does.
    public func part(where isIncluded: (String) -> Bool) -> DescriptorStore {
        DescriptorStore(restored: restored.filter { isIncluded($0.key) }, notification: notification)
    }

    private init(restored: [String: [Int32]], notification: SupervisorNotification?) {
        self.restored = restored
        self.notification = notification
    }

    /// Returns false when there is no supervisor to take them. Names are of letters, digits, `-`, `_` and `.`, and are short: the
    /// kernel bounds what all of them may take in the environment of the next process.
    @discardableResult
    public func keep(_ descriptors: [Int32], as name: String) -> Bool {
        notification?.send("FDSTORE=1\nFDPOLL=0\nFDNAME=\(Self.prefix)\(name)", descriptors: descriptors) ?? false
    }

    /// Closes what is kept under that name, as far as the supervisor is concerned.
    public func forget(_ name: String) {
        _ = notification?.send("FDSTOREREMOVE=1\nFDNAME=\(Self.prefix)\(name)")
    }
}
