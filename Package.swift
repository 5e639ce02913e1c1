// swift-tools-version: 6.2
// One manifest for every process of the engine: settings first, then Shared, Services, Tests.
import PackageDescription

/// The strict settings that every Swift target is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A library of `Shared` or of a service, tested on its own.
func library(
    _ name: String, at path: String, sources: [String]? = nil, _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, sources: sources, swiftSettings: strict)
}

/// The thin executable of a service: flags and wiring only.
func executable(_ name: String, at path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let shared: [Target] = [
    .target(name: "CLinux", path: "Shared/CLinux", cSettings: [.define("_GNU_SOURCE")]),
    systemLibrary("CCapability", pkgConfig: "libcap", apt: "libcap-dev"),
    systemLibrary("CSeccomp", pkgConfig: "libseccomp", apt: "libseccomp-dev"),
    systemLibrary("CNetlink", pkgConfig: "libnl-route-3.0", apt: "libnl-route-3-dev"),
    systemLibrary("CNftables", pkgConfig: "libnftables", apt: "libnftables-dev"),
    systemLibrary("CArchive", pkgConfig: "libarchive", apt: "libarchive-dev"),
    systemLibrary("CInflate", pkgConfig: "libisal", apt: "libisal-dev"),
    systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    library("Linux", at: "Shared/Linux", ["CLinux"]),
    library("RPC", at: "Shared/RPC", exclude: ["PROTOCOL.md"]),
    library("RPCEpoll", at: "Shared/RPCEpoll", ["RPC", "Linux", "CLinux"]),
    library("RPCNIO", at: "Shared/RPCNIO", ["RPC", "CLinux", nioCore, nioPosix, logging]),
    library("Contracts", at: "Shared/Contracts", ["RPC"]),
    library("Models", at: "Shared/Models"),
    library("ContainerLog", at: "Shared/ContainerLog", ["Linux", "CLinux", "CZlib"]),
    library("Persistence", at: "Shared/Persistence", ["CLinux", grdb]),
    library(
        "ServiceKit", at: "Shared/ServiceKit",
        [
            "CLinux", "Contracts", "Models", "RPC", "RPCNIO", argumentParser, lifecycle, lifecycleSignals, logging, metrics, nioCore,
            nioPosix,
        ]),
]

let services: [Target] = [
    library(
        "ShimServer", at: "Services/Shim/Server",
        ["RPC", "RPCEpoll", "Contracts", "Linux", "CLinux", "ContainerLog", "CCapability", "CSeccomp"]),
    .executableTarget(
        name: "berth-shim", dependencies: ["ShimServer"], path: "Services/Shim/Main", swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-static-executable"])]),
    library(
        "ImagesServer", at: "Services/Images/Server",
        [
            "RPC", "RPCNIO", "Contracts", "Models", "Persistence", "ServiceKit", "Linux", "CLinux", "CArchive", "CInflate", "CZstd",
            asyncHTTPClient, crypto, grdb, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
        ]),
    executable("berth-images", at: "Services/Images/Main", ["ImagesServer", "Contracts", "RPCNIO", "ServiceKit", argumentParser, logging]),
    library(
        "NetworkServer", at: "Services/Network/Server",
        [
            "RPC", "RPCNIO", "Contracts", "Persistence", "ServiceKit", "Linux", "CLinux", "CNetlink", "CNftables", grdb, logging,
            nioCore, nioPosix,
        ]),
    executable(
        "berth-network", at: "Services/Network/Main",
        ["NetworkServer", "CLinux", "Contracts", "RPCNIO", "ServiceKit", argumentParser, logging]),
    library("GatewayBackends", at: "Services/Gateway/Backends", ["Models", "RPC"]),
    library("GatewayState", at: "Services/Gateway/State", ["Models", "Contracts", "RPC", "Persistence", grdb, logging]),
    library(
        "GatewayOrchestration", at: "Services/Gateway/Orchestration",
        [
            "GatewayBackends", "GatewayState", "Models", "Contracts", "RPC", "RPCNIO", "ContainerLog", "CLinux", "ServiceKit", logging,
            metrics,
            nioCore, nioPosix,
        ]),
    library(
        "GatewayAPI", at: "Services/Gateway", sources: ["API", "HTTP"],
        [
            "GatewayBackends", "Models", "Contracts", "RPC", "RPCNIO", "ContainerLog", "ServiceKit", "CLinux", crypto, nioSSL,
            hummingbirdCore, httpTypes,
            lifecycle, logging,
            nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
        ],
        exclude: ["Backends", "Main", "Orchestration", "SCOPED-SOCKETS.md", "State"]),
    executable(
        "berth-gateway", at: "Services/Gateway/Main",
        [
            "GatewayAPI", "GatewayOrchestration", "ServiceKit", "Contracts", argumentParser, lifecycle, lifecycleSignals, logging, nioCore,
            nioPosix,
        ]),
    executable(
        "berthctl", at: "Services/Ctl",
        ["ContainerLog", "Contracts", "Models", "RPC", "RPCNIO", "Persistence", "ServiceKit", "CLinux", argumentParser, logging]),
]

let testing: [Target] = [
    tests("RPCTests", ["RPC", "RPCEpoll", "Linux", "CLinux"]),
    tests("RPCNIOTests", ["TestSupport", "RPC", "RPCNIO", "RPCEpoll", "Linux", "CLinux", logging, nioCore, nioEmbedded, nioPosix]),
    .target(
        name: "TestSupport", dependencies: ["CLinux", "RPC", "RPCNIO", "Contracts", "ServiceKit"], path: "Tests/Support",
        swiftSettings: strict),
    tests("ContractsTests", ["Contracts", "RPC", "TestSupport"]),
    tests("LinuxTests", ["Linux", "CLinux"]),
    tests("ContainerLogTests", ["ContainerLog"]),
    tests("ModelsTests", ["Models"]),
    tests("PersistenceTests", ["Persistence", grdb]),
    tests("ServiceKitTests", ["ServiceKit", "CLinux", "Contracts", "Models", argumentParser, logging]),
    tests(
        "ShimTests",
        [
            "ShimServer", "Contracts", "RPC", "Linux", "CLinux", "ContainerLog", "TestSupport", "ShimProbeProtocol", "CSeccomp", "RPCNIO",
            logging,
        ]),
    .target(name: "ShimProbeProtocol", dependencies: ["Contracts"], path: "Tests/ShimProbe/Protocol", swiftSettings: strict),
    .executableTarget(
        name: "berth-shim-probe", dependencies: ["ShimServer", "ShimProbeProtocol", "Contracts", "RPC", "CLinux"],
        path: "Tests/ShimProbe/Main",
        swiftSettings: strict, linkerSettings: [.unsafeFlags(["-static-executable"])]),
    tests(
        "ImagesTests",
        [
            "ImagesServer", "berth-images", "CArchive", "ServiceKit", "Contracts", "Models", "RPC", "RPCNIO", "Persistence", "CLinux",
            "TestSupport", logging,
            nioCore, nioHTTP1, nioPosix,
        ]),
    tests("NetworkTests", ["NetworkServer", "Contracts", "RPC", "RPCNIO", "Persistence", "ServiceKit", "CLinux", "TestSupport", logging]),
    tests(
        "GatewayTests",
        [
            "GatewayAPI", "GatewayBackends", "GatewayOrchestration", "GatewayState", "Models", "Contracts", "RPC", "RPCNIO", "Persistence",
            "ServiceKit", "TestSupport",
            grdb, httpTypes, hummingbirdCore, logging, nioCore, nioEmbedded, nioPosix,
        ]),
    tests("CtlTests", ["berthctl", "Contracts", "RPC", "ServiceKit", argumentParser]),
    tests(
        "Conformance", ["TestSupport", "ServiceKit", "Contracts", "RPC", "RPCNIO", "RPCEpoll", "Linux", "CLinux", logging],
        exclude: [
            "RPC/berth_rpc.py", "RPC/test_rpc.py", "Schema/engine-api.facts", "Schema/exchanges.txt", "Differential/requests.txt",
            "Differential/differences.txt",
            "Flags/flags.txt",
            "Flags/flag-differences.txt", "Flags/probe.sh", "Flags/seccomp-differences.txt", "Flags/verdicts.py",
            "Ledger/request-fields.facts", "Ledger/probes.txt", "Ledger/LEDGER.md",
        ]),
    tests(
        "Integration", ["TestSupport", "ServiceKit", "Contracts"],
        exclude: [
            "Clients/requirements.txt", "Clients/docker_py.py", "Clients/testcontainers_py.py", "Clients/on_whales.py",
            "Clients/compose.py", "Clients/commands.txt",
        ]),
    tests("Faults", ["TestSupport", "ServiceKit"]),
    tests("Tidy", ["TestSupport", "ServiceKit"]),
    .executableTarget(
        name: "berth-bench",
        dependencies: [
            "TestSupport", "RPC", "RPCNIO", "RPCEpoll", "Linux", "CLinux", "CInflate", "Contracts", "ServiceKit", argumentParser, crypto,
            logging,
        ],
        path: "Tests/Benchmarks", swiftSettings: strict),
]

let package = Package(
    name: "berth",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.15.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: shared + services + testing
)
