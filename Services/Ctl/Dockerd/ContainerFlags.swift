// dockerd's flags about what containers get that ask for nothing else.
import ArgumentParser
import Models
import ServiceKit

struct ContainerFlags: ParsableArguments {
    @Option(name: .customLong("log-driver"), help: "Where containers' output goes: json-file, local, syslog, and so on.")
    var logDriver: String?

    @Option(name: .customLong("log-opt"), help: "key=value option of the log driver, such as max-size=10m. May be repeated.")
    var logOptions: [String] = []

    @Option(name: .customLong("default-ulimit"), help: "name=soft[:hard] limit of processes, such as nofile=1024:2048. May be repeated.")
    var ulimits: [String] = []

    @Option(name: .customLong("default-shm-size"), help: "Size of /dev/shm, such as 64M.")
    var shmSize: String?

    @Option(name: .customLong("default-stop-timeout"), help: "Seconds from the signal to stop to the end of all patience.")
    var stopTimeout: Int?

    @Option(name: .customLong("default-ipc-mode"), help: "private or shareable.")
    var ipcMode: String?

    @Option(name: .customLong("default-cgroupns-mode"), help: "private or host.")
    var cgroupnsMode: String?

    @Flag(name: .customLong("init"), inversion: .prefixedNo, help: "Run an init that forwards signals and reaps processes.")
    var usesInit: Bool?

    @Flag(name: .customLong("no-new-privileges"), inversion: .prefixedNo, help: "Keep processes from gaining privileges.")
    var noNewPrivileges: Bool?

    @Option(name: .customLong("seccomp-profile"), help: "Path of a profile of system calls, builtin, or unconfined.")
    var seccompProfile: String?

    /// Errors: `ConfigurationError`.
    func apply(to configuration: inout EngineConfiguration) throws {
        var containers = configuration.containers
        // Options are those of a driver: another driver has others.
        if let logDriver, logDriver != containers.logDriver { (containers.logDriver, containers.logOptions) = (logDriver, [:]) }
        for text in logOptions {
            let option = try FlagPair(text, of: "log-opt")
            containers.logOptions[option.key] = option.value
        }
        for text in ulimits {
            let limit = try Self.limit(text)
            containers.ulimits[limit.name] = limit
        }
        if let shmSize { containers.shmSize = try Self.size(shmSize) }
        containers.stopTimeout = stopTimeout ?? containers.stopTimeout
        containers.ipcMode = ipcMode ?? containers.ipcMode
        containers.cgroupnsMode = cgroupnsMode ?? containers.cgroupnsMode
        containers.usesInit = usesInit ?? containers.usesInit
        containers.noNewPrivileges = noNewPrivileges ?? containers.noNewPrivileges
        containers.seccompProfile = seccompProfile.map(Self.profile) ?? containers.seccompProfile
        configuration.containers = containers
    }

    private static func profile(_ text: String) -> String {
        let names = [EngineConfiguration.ContainerDefaults.builtinProfile, EngineConfiguration.ContainerDefaults.noProfile]
        return names.contains(text) ? text : EngineOptions.absolute(text)
    }

    private static func size(_ text: String) throws -> Int64 {
        guard let bytes = ByteCount.parse(text) else {
            throw ConfigurationError("invalid argument \"\(text)\" for \"--default-shm-size\" flag: invalid size: '\(text)'")
        }
        return bytes
    }

    /// `nofile=1024:2048`; one number is both limits, and -1 none.
    static func limit(_ text: String) throws -> EngineConfiguration.ContainerDefaults.Limit {
        let pair = try FlagPair(text, of: "default-ulimit")
        let numbers = pair.value.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard (1...2).contains(numbers.count), let soft = numbers[0], let hard = numbers[numbers.count - 1] else {
            throw ConfigurationError("invalid argument \"\(text)\" for \"--default-ulimit\" flag: it must be name=soft[:hard]")
        }
        return .init(name: pair.key, soft: soft, hard: hard)
    }
}
