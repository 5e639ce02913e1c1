// The versions at which the API changed what this engine answers, by name.
import Models

enum APIVersionGate {
    static let cpuSharesUnclamped = APIVersion(1, 19)
    static let killNeedsProcess = APIVersion(1, 20)
    static let errorsInJSON = APIVersion(1, 24)
    static let autoRemove = APIVersion(1, 25)
    /// Messages of a WebSocket are binary.
    static let binaryMessages = APIVersion(1, 28)
    static let waitConditions = APIVersion(1, 30)
    static let waitFailureBody = APIVersion(1, 34)
    static let privateIPC = APIVersion(1, 40)
    static let createPlatform = APIVersion(1, 41)
    /// Also: mismatched mount options are errors, `CreateMountpoint`, console sizes, stop signals, no kernel memory.
    static let multiplexedStreams = APIVersion(1, 42)
    static let annotations = APIVersion(1, 43)
    /// Also: several endpoints, recursive read-only binds, endpoint MAC addresses, no `VirtualSize`.
    static let startInterval = APIVersion(1, 44)
    static let volumeSubpath = APIVersion(1, 45)
    static let listAnnotations = APIVersion(1, 46)
    /// Also: gateway priorities, networks without IPv4.
    static let imageMounts = APIVersion(1, 48)
    static let firewallInfo = APIVersion(1, 49)
    /// Also: an image's configuration has only an image's fields.
    static let noBridgeFilterInfo = APIVersion(1, 50)
    static let deviceInfo = APIVersion(1, 50)
    static let imageContainerCount = APIVersion(1, 51)
    /// Also: event streams have a type of their own, lists tell health, the container-wide MAC address is gone.
    static let noLegacyNetworkSettings = APIVersion(1, 52)
}
